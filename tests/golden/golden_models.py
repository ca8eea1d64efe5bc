"""Custom models, which the golden files name."""


def build(n_features, encoding_dim, width=4):
    from keras import Input, Sequential
    from keras.layers import BatchNormalization, Dense, Dropout

    encoder = Sequential([Input((n_features,)), Dropout(0.1), Dense(width, "relu"), Dense(encoding_dim)])
    return encoder, Sequential([Input((encoding_dim,)), BatchNormalization(), Dense(n_features)])
