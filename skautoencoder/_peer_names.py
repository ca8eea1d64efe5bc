"""Names from other imputers, recommenders and detectors, and what to use here: scikit-learn, miceforest, pyod, ..."""


def split_names(table):
    """Return a dict with one entry for each of the names that a key lists."""
    return {name: text for names, text in table.items() for name in names.split()}


# Other names of parameters and arguments, by class and, for arguments, method.
_SAME = {
    "AutoencoderImputer": split_names(
        {
            "na_value na_values missing_value marker mask_value": "missing_values",
            "indicator": "add_indicator",
            "mask_ratio masking_ratio mask_rate corruption_rate": "noise_level",
        }
    ),
    "AutoencoderOutlierDetector": split_names(
        {
            "nu outliers_fraction": "contamination",
            "k n_neighbours": "n_neighbors",
            "score": "criterion",
            "mask_ratio masking_ratio mask_rate corruption_rate": "noise_level",
            "support_frac": "support_fraction",
            "subset_size subsample_size": "max_samples",
        }
    ),
    "AutoencoderRecommender": split_names(
        {
            "factors features rank num_factors no_components embedding_dim embedding_size": "n_factors",
            "lr_all lr_bu lr_bi lr_pu lr_qi learning_rate_init": "learning_rate",
            "maxIter": "epochs",
            "mask_ratio masking_ratio mask_rate corruption_rate": "noise_level",
        }
    ),
    "AutoencoderRecommender.recommend": split_names(
        {
            "N k top_k topk num_items n_items n_recommendations": "n",
            "filter_already_liked_items exclude_seen exclude_known remove_seen filter_viewed": "exclude_observed",
            "filter_items exclude_items": "exclude",
            "user_items userid user user_id users user_ids": "X",
        }
    ),
}
# What to use in place of parameters, by class.
_PARAMETERS = {
    "AutoencoderImputer": split_names(
        {
            "estimator": "The autoencoder predicts all columns at once: see encoding_dim and hidden_layer_sizes.",
            "tol": "Training ends after `patience` epochs without a lower loss.",
            "initial_strategy initial_imputer": "Training starts at factor analysis of the observed entries.",
            "noise noise_factor noise_std noise_rate corruption_level": "Training hides the share noise_level of the "
            "observed entries.",
            "n_nearest_features imputation_order skip_complete": "All columns are filled at once, from all others.",
            "sample_posterior m n_imputations n_draws datasets num_datasets": "After fit, sample(X, n_draws=5) draws "
            "several filled tables.",
            "n_neighbors weights metric": "The nearest rows are combined with other predictions, by weights that fit "
            "learns; sklearn.impute.KNNImputer has these parameters.",
            "copy": "X is never changed.",
            "strategy fill_value": "Means and constants are filled in by sklearn.impute.SimpleImputer.",
            "categorical_features categorical_columns cat_features cat_cols": "Columns of a data frame that hold words "
            "or have the dtype 'category' are categories.",
        }
    ),
    "AutoencoderOutlierDetector": split_names(
        {
            "encoding_dim n_components latent_dim latent_dims latent_size n_latent z_dim bottleneck bottleneck_dim "
            "bottleneck_size code_size code_dim embedding_dim embedding_size": "The networks predict hidden entries, "
            "without a bottleneck: see hidden_layer_sizes.",
            "hidden_neuron_list encoder_neuron_list decoder_neuron_list": "Set hidden_layer_sizes, the sizes of layers "
            "beside a linear path. The networks have neither a bottleneck nor a decoder.",
            "n_estimators max_features bootstrap": "Two networks are fitted, each to one half of the rows, and two "
            "more to the core unless novelty=True.",
            "metric metric_params p algorithm leaf_size radius kernel gamma degree coef0": "Distances are Euclidean, "
            "of standardised entries and of surprises.",
            "method": "The distance of a row is the mean over its neighbours; criterion='surprise' leaves it out.",
            "threshold": "The threshold follows from contamination, the share of the training rows to flag.",
            "validation_fraction validation_split validation_size val_split val_size val_fraction test_size "
            "validation_data eval_set X_val patience n_iter_no_change early_stopping early_stop use_early_stopping "
            "early_stopping_patience tol": "Networks are trained for `epochs`, without held-out rows.",
            "warm_start": "Each fit starts anew; with a checkpoint, fit continues one that was killed.",
            "preprocessing scale normalize standardize whiten": "Columns are always standardised.",
            "noise noise_factor noise_std noise_rate corruption_level": "Training hides the share noise_level of the "
            "entries.",
            "dropout dropout_rate drop_rate": "Training hides the share noise_level of the entries, but no hidden "
            "units; weight_decay keeps weights small.",
            "kernel_regularizer l2 l2_reg l2_regularizer": "weight_decay keeps weights small.",
            "batch_norm batch_normalization batchnorm use_bias kernel_initializer architecture model network "
            "build_fn": "Networks are a linear path and dense layers: see hidden_layer_sizes and activation.",
            "output_activation output_activation_name final_activation last_activation": "Predictions have no "
            "activation: columns are standardised.",
            "behaviour": "It belongs to old versions of IsolationForest: leave it out.",
            "n_jobs workers": "A fit uses all cores; GridSearchCV has n_jobs.",
            "dtype": "Scores are float64, for X of any dtype.",
            "metrics": "history_ holds the loss of each epoch.",
            "missing_values": "NaN and masked entries are missing.",
            "categories categorical_features categorical_columns cat_features cat_cols": "Columns of a data frame that "
            "hold words, booleans or the dtype 'category' are categories.",
        }
    ),
    "AutoencoderRecommender": split_names(
        {
            "regularization reg reg_all reg_bu reg_bi reg_pu reg_qi regParam damping lambda_ item_alpha user_alpha": (
                "The priors of biases and factors are learned from the ratings; weight_decay is that of the network."
            ),
            "alpha feedback implicit implicitPrefs use_implicit confidence": "For implicit feedback, pass a data frame "
            "of users and items alone, or a matrix of equal ratings.",
            "biased bias use_bias use_biases": "Biases of users and items are always fitted.",
            "K k min_k sim_options num_neighbors n_neighbors": "Similar users and items always count; there is no "
            "number of neighbours.",
            "noise noise_factor noise_std noise_rate corruption_level": "Training hides the share noise_level of the "
            "known ratings.",
            "rating_scale": "Expected ratings lie within those of fit: min_value and max_value set other bounds.",
            "num_threads use_gpu": "All cores are used.",
            "userCol itemCol ratingCol user_col item_col rating_col": "The columns of X are read in the order user, "
            "item and rating.",
            "coldStartStrategy": "Users without ratings are recommended popular items with high ratings.",
            "missing_values": "Entries that a sparse matrix does not hold, or that are NaN in an array, are unknown.",
        }
    ),
}
# What to use in place of attributes and methods, by class.
_ATTRIBUTES = {
    "AutoencoderImputer": split_names(
        {
            "statistics_ initial_imputer_ imputation_sequence_ n_features_with_missing_": "Filled values depend on the "
            "other entries of a row: transform(X) returns them.",
            "predict reconstruct complete complete_data impute": "transform(X) fills the missing entries.",
            "multiple_imputation impute_multiple sample_posterior": "sample(X, n_draws=5) draws several filled tables.",
            "inverse_transform": "Observed entries are unchanged; with add_indicator=True the last columns of the "
            "output say which ones were missing.",
            "encoder_ decoder_ autoencoder_ encoder decoder model model_": "The network of an imputer reads rows that "
            "factor analysis has filled. For Keras models and codes, fit an AutoencoderTransformer to the filled rows.",
            "partial_fit": "Fit to all rows at once.",
            "history loss_curve_": "The loss of each epoch is history_['loss']; entry 0 is the start.",
            "score_samples": "score(X) hides observed entries and says how well they are predicted.",
        }
    ),
    "AutoencoderOutlierDetector": split_names(
        {
            "decision_scores_ anomaly_scores outlier_scores negative_outlier_factor_": "score_samples(X) returns the "
            "scores; those of training rows are the scores of the fit.",
            "labels_": "predict(X) returns the labels; -1 is an outlier.",
            "threshold_": "The threshold is offset_, on score_samples(X).",
            "predict_proba predict_confidence": "decision_function(X) is the score minus the threshold.",
            "explain_outlier feature_importances_ explain_row": "explain(X) returns the surprise of each entry.",
            "transform encode reconstruct": "expected(X) returns the expected value of each entry. For codes, fit an "
            "AutoencoderTransformer.",
            "encoder_ decoder_ autoencoder_": "The networks have no code; for Keras models fit an "
            "AutoencoderTransformer.",
            "partial_fit": "Fit to all rows at once.",
            "history loss_curve_": "The loss of each epoch is history_['loss']; entry 0 is the linear start.",
        }
    ),
    "AutoencoderRecommender": split_names(
        {
            "similar_items similar_users get_neighbors item_similarity": "After a fit to a matrix, recommend for a row "
            "with a single item names items that go with it.",
            "user_factors item_factors user_factors_ item_factors_ pu qi bu bi components_ user_embeddings "
            "item_embeddings user_biases item_biases": "Several models are combined, so that there is no single set of "
            "factors: predict and recommend use all of them.",
            "test estimate estimate_": "predict takes a data frame of users and items and returns expected ratings.",
            "recommend_all rank rank_items predict_rank": "recommend(users, n=10) ranks items for each user.",
            "predict_proba decision_function": "predict returns expected ratings; recommend ranks items.",
            "partial_fit fit_partial": "Fit to all ratings at once. After a fit to a matrix, rows may be new users.",
            "fit_predict": "Call fit, then predict.",
            "inverse_transform": "transform keeps known ratings and fills in the others.",
            "encoder_ decoder_ autoencoder_ encoder decoder": "The network is one of several models of the ratings.",
            "history loss_curve_": "The loss of each epoch is history_['loss']; entry 0 is the untrained network.",
        }
    ),
}


def same_parameter(cls, name):
    """Return the parameter of a class that another library calls by a name, or None."""
    return _found(_SAME, cls, name)


def same_argument(cls, method, name):
    """Return the argument of a method that another library calls by a name, or None."""
    return _found(_SAME, cls, name, f".{method}")


def instead_of_parameter(cls, name):
    """Return what to use in place of a parameter of other libraries, or None."""
    return _found(_PARAMETERS, cls, name)


def instead_of_attribute(cls, name):
    """Return what to use in place of an attribute of other libraries, or None."""
    return _found(_ATTRIBUTES, cls, name)


def _found(tables, cls, name, suffix=""):
    """Look a name up in the tables of a class and of those that it derives from."""
    for base in cls.__mro__:
        if name in tables.get(base.__name__ + suffix, {}):
            return tables[base.__name__ + suffix][name]
    return None
