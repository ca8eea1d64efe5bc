"""One measurement for every variety of autoencoder, on digits.

    python benchmarks/varieties.py [--results benchmarks/VARIETIES.md]

Errors are mean squared errors of held-out rows, half of all, in squared units of X.
"""

import argparse

import data
import numpy as np
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.model_selection import train_test_split

from skautoencoder import (
    AutoencoderTransformer,
    ConvolutionalArchitecture,
    KerasArchitecture,
    RecurrentArchitecture,
    VariationalAutoencoderTransformer,
)
from skautoencoder.metrics import reconstruction_error

X, y = load_digits(return_X_y=True)
X_train, X_test = train_test_split(X, test_size=0.5, random_state=0, stratify=y)
SCALE = np.sqrt(np.mean(np.square(X_train - X_train.mean(axis=0))))


def fit(encoding_dim=8, **parameters):
    return AutoencoderTransformer(encoding_dim, random_state=0, **parameters).fit(X_train)


def error(fitted):
    return reconstruction_error(fitted, X_test)


def vanilla():
    pca, linear = PCA(8).fit(X_train), fit(hidden_layer_sizes=())
    directions = np.linalg.lstsq(linear.transform(X_train), X_train - X_train.mean(axis=0), rcond=None)[0]
    cosines = np.linalg.svd(pca.components_ @ np.linalg.qr(directions.T)[0], compute_uv=False)
    angle = np.degrees(np.arccos(min(cosines.min(), 1)))
    errors = [reconstruction_error(fitted, X_train) for fitted in (linear, pca)]
    return f"training error {errors[0]:.4f}, PCA {errors[1]:.4f}; largest principal angle {angle:.2f} degrees"


def deep():
    wide, none = error(fit(hidden_layer_sizes=(128, 64))), error(fit(hidden_layer_sizes=()))
    return f"error {wide:.2f}, vanilla {none:.2f}, PCA {error(PCA(8).fit(X_train)):.2f}"


def denoised(encoding_dim, noise, level, generator):
    noisy = X_test + level * SCALE * generator.normal(size=X_test.shape)
    changed = generator.uniform(size=X_test.shape) < level
    if noise == "masking":
        noisy = np.where(changed, 0, X_test)
    if noise == "salt_and_pepper":
        noisy = np.where(changed, np.where(generator.uniform(size=X_test.shape) < 0.5, 0, 16), X_test)

    def to_clean(fitted):
        return np.mean(np.square(fitted.inverse_transform(fitted.transform(noisy)) - X_test))

    best_pca = min(to_clean(PCA(n_components).fit(X_train)) for n_components in (4, 8, 16, 24, 32))
    plain = f", without noise {to_clean(fit(encoding_dim)):.2f}" if encoding_dim < 64 else ""
    denoising = to_clean(fit(encoding_dim, noise=noise, noise_level=level))
    before = np.mean(np.square(noisy - X_test))
    return f"{noise} {level}: {denoising:.2f} to the clean rows, noisy {before:.2f}, best PCA {best_pca:.2f}{plain}"


def overcomplete():
    return denoised(100, "gaussian", 0.5, np.random.RandomState(0))


def denoising():
    levels = {"gaussian": 1.0, "masking": 0.3, "salt_and_pepper": 0.2}
    return "; ".join(denoised(32, noise, level, np.random.RandomState(0)) for noise, level in levels.items())


def near_zero(codes):
    return np.mean(np.abs(codes) < 0.1 * np.sqrt(np.mean(np.square(codes), axis=0) + 1e-12))


def sparse():
    texts = []
    for penalty, activation in (("l1", "relu"), ("hoyer", "relu"), ("kl", "sigmoid")):
        auto = fit(32, penalty=penalty, code_activation=activation, epochs=0).alpha_
        factors = (0, 0.1, 1, 10)
        found = [fit(32, penalty=penalty, alpha=auto * factor, code_activation=activation) for factor in factors]
        codes = [fitted.transform(X_test) for fitted in found]
        shares = ", ".join(f"{near_zero(values):.2f}" for values in codes)
        errors = ", ".join(f"{error(fitted):.2f}" for fitted in found)
        texts.append(
            f"{penalty}: near zero {shares} at 0, 0.1, 1 and 10 times alpha_={auto:.2g} (mean code "
            f"{codes[-1].mean():.3f}); error {errors}"
        )
    return "; ".join(texts)


def contractive():
    def jacobian_norm(fitted):
        total, step = 0.0, 1e-4 * SCALE
        for feature in range(64):
            nudge = step * np.eye(64)[feature]
            moved = fitted.transform(X_test + nudge) - fitted.transform(X_test - nudge)
            total += np.sum(np.square(moved / (2 * step))) / len(X_test)
        return total

    alphas = (0, 1e-3, 1e-2, 1e-1, 1)
    found = [fit(penalty="contractive", alpha=alpha) for alpha in alphas]
    ratios = (jacobian_norm(fitted) / fitted.transform(X_test).var(axis=0).sum() for fitted in found)
    ratios = ", ".join(f"{ratio:.5f}" for ratio in ratios)
    errors = ", ".join(f"{error(fitted):.2f}" for fitted in found)
    return f"squared norm over code variance {ratios} at alpha {', '.join(map(str, alphas))}; error {errors}"


def regularised():
    def described(**parameters):
        fitted = fit(**parameters)
        size = sum(np.sum(array**2) for array in fitted._autoencoder.arrays if array.ndim == 2)
        return f"{size:.0f} (error {error(fitted):.2f})"

    decays = ", ".join(described(weight_decay=decay) for decay in (0, 0.01, 0.3, 1))
    penalties = ", ".join(described(penalty="l2", alpha=alpha) for alpha in ("auto", 1e-3, 1e-2))
    return f"squared kernels {decays} at weight_decay 0, 0.01, 0.3, 1; {penalties} at l2's alpha auto, 0.001, 0.01"


def convolutional():
    images = fit(architecture=ConvolutionalArchitecture((8, 8)))
    dense = fit(hidden_layer_sizes=(284, 170))
    counts = [fitted.autoencoder_.count_params() for fitted in (images, dense)]
    return f"error {error(images):.2f} with {counts[0]} weights, dense {error(dense):.2f} with {counts[1]}"


def recurrent():
    def sinusoids(n_samples, seed):
        generator = np.random.RandomState(seed)
        frequency, phase = generator.uniform(0.05, 0.2, (n_samples, 1)), generator.uniform(0, 1, (n_samples, 1))
        angle = 2 * np.pi * (frequency * np.arange(30) + phase)
        rows = np.stack([np.sin(angle), np.cos(angle)], axis=2)
        return (rows + 0.1 * generator.normal(size=rows.shape)).reshape(n_samples, -1)

    train, test = sinusoids(2000, 0), sinusoids(500, 1)
    errors = {"PCA": reconstruction_error(PCA(4).fit(train), test)}
    for cell in ("lstm", "gru"):
        architecture = RecurrentArchitecture((30, 2), cell)
        fitted = AutoencoderTransformer(4, architecture=architecture, epochs=60, random_state=0).fit(train)
        errors[cell] = reconstruction_error(fitted, test)
    errors["dense"] = reconstruction_error(AutoencoderTransformer(4, random_state=0).fit(train), test)
    return "error of sinusoids: " + ", ".join(f"{name} {value:.3f}" for name, value in errors.items())


def variational():
    found = VariationalAutoencoderTransformer(8, random_state=0).fit(X_train)
    linear = VariationalAutoencoderTransformer(8, hidden_layer_sizes=(), random_state=0).fit(X_train)
    plain_beta = VariationalAutoencoderTransformer(8, beta=0.0, random_state=0).fit(X_train)
    pca, drawn = PCA(8).fit(X_train), found.sample(20000, random_state=0)
    covariance = np.cov(X_train.T)
    off = np.linalg.norm(np.cov(drawn.T) - covariance) / np.linalg.norm(covariance)
    half = np.linalg.norm(np.cov(X_test.T) - covariance) / np.linalg.norm(covariance)
    mean_off = np.linalg.norm(drawn.mean(axis=0) - X_train.mean(axis=0)) / np.linalg.norm(X_train.mean(axis=0))
    active = np.sum(found.transform(X_test).var(axis=0) > 0.01)
    return (
        f"linear: noise variance {linear.noise_variance_:.3f}, probabilistic PCA {pca.noise_variance_:.3f}; "
        f"active codes {active} of 8; beta 0: error {error(plain_beta):.2f}, plain {error(fit()):.2f}; "
        f"drawn rows: mean {mean_off:.2f} and covariance {off:.2f} off (held-out half {half:.2f})"
    )


def own_models():
    def build(n_features, encoding_dim):
        from keras import Input, Sequential
        from keras.layers import BatchNormalization, Dense, Dropout

        encoder = [Input((n_features,)), Dropout(0.05), Dense(64, "relu"), Dense(encoding_dim)]
        decoder = [Input((encoding_dim,)), Dense(64, "relu"), BatchNormalization(), Dense(n_features)]
        return Sequential(encoder), Sequential(decoder)

    random, at_pca = (fit(architecture=KerasArchitecture(build), init=init) for init in ("random", "pca"))
    return (
        f"Dropout and BatchNormalization: error {error(random):.2f} from a random start, {error(at_pca):.2f} from PCA"
    )


VARIETIES = [
    vanilla,
    deep,
    overcomplete,
    sparse,
    denoising,
    contractive,
    regularised,
    convolutional,
    recurrent,
    variational,
    own_models,
]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--results", help="file for the table, in place of the terminal")
    arguments = parser.parse_args()
    rows = [f"| {variety.__name__.replace('_', ' ')} | {variety()} |" for variety in VARIETIES]
    parts = [
        "# One measurement for every variety",
        "Output of `python benchmarks/varieties.py`: mean squared errors of the held-out half of digits, in squared "
        "units of X.",
        "\n".join(["| variety | measured |", "| --- | --- |", *rows]),
    ]
    data.publish("\n\n".join(parts), arguments.results)


if __name__ == "__main__":
    main()
