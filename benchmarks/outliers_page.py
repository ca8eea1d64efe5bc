"""The page that outliers.py writes from its measurements."""

import numpy as np
from scipy.stats import betabinom, binom, wilcoxon

OURS = "AutoencoderOutlierDetector"
NEIGHBOURS = ("nearest neighbour", "pyod KNN")
SETTINGS = {
    "novelty": "Fitted to half of the inliers, scored on the other half and all outliers.",
    "contaminated": "Fitted to all rows and scored on the same rows.",
}
METRICS = ["ROC-AUC", "average precision"]
SHARES = [0.05, 0.1]
LEVEL = 0.95
# A difference of ROC-AUC below this counts as none.
AS_GOOD = 0.01
# Marks means over fewer tables than the others.
SOME_TABLES = "\\*"


def markdown(rows):
    """Return dicts as a table of Markdown."""
    lines = [list(rows[0]), ["---"] * len(rows[0]), *(row.values() for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def percent(share, decimals=0):
    return f"{100 * share:.{decimals}f} %"


def by_table(cases, setting, metric):
    """Return a metric, mean over seeds: detectors x tables."""
    cases = cases[cases["setting"] == setting]
    return cases.pivot_table(index="detector", columns="table", values=metric, sort=False)


def labelled(detector, n_tables, n_all):
    """Return the name of a detector in a table: ours in bold, with a mark if there are results on some tables only."""
    name = f"**{detector}**" if detector.startswith(OURS) else detector
    return name if n_tables == n_all else f"{name} {SOME_TABLES}"


def compared(ours, theirs):
    """Return our mean difference, the tables where we are ahead, and the p-value of Wilcoxon's test."""
    difference = (ours - theirs).dropna()
    p_value = wilcoxon(difference).pvalue if difference.any() else 1
    return {
        "ours minus this": f"{100 * difference.mean():+.1f}",
        "ours ahead": f"{np.sum(difference > 0)} of {len(difference)}",
        "p": "< .001" if p_value < 0.001 else f"{p_value:.3f}",
    }


def means(cases, setting):
    """Return the table of all detectors in one setting."""
    areas, precisions, seconds = (by_table(cases, setting, name) for name in (*METRICS, "seconds"))
    rows = []
    for detector in areas.mean(axis=1).sort_values(ascending=False).index:
        row = {
            "detector": labelled(detector, areas.loc[detector].count(), areas.shape[1]),
            "ROC-AUC": f"{100 * areas.loc[detector].mean():.1f}",
            "average precision": f"{100 * precisions.loc[detector].mean():.1f}",
            "seconds, median": f"{seconds.loc[detector].median():.2f}",
            "seconds, maximum": f"{seconds.loc[detector].max():.1f}",
            "tables": str(areas.loc[detector].count()),
        }
        if OURS in areas.index:
            of_ours = dict.fromkeys(("ours minus this", "ours ahead", "p"), "")
            row |= of_ours if detector == OURS else compared(areas.loc[OURS], areas.loc[detector])
        rows.append(row)
    return markdown(rows)


def failures(cases):
    """Return a list of what failed."""
    lines = []
    failed = cases[cases["failure"].notna()]
    for (detector, failure), found in failed.groupby(["detector", "failure"], sort=False):
        where = found.groupby(["setting", "table"], sort=False).size()
        shown = ", ".join(f"{table} ({setting}, {count})" for (setting, table), count in where.items())
        lines.append(f"* {detector}, {failure}: {shown}")
    return "\n".join(["Failures (setting, number of seeds):", "", *lines]) if lines else ""


def fewer_seeds(cases):
    """Return sentences that name detectors with fewer seeds than the others."""
    n_seeds = cases.groupby("detector", sort=False)["seed"].nunique()
    fewer = n_seeds[n_seeds < n_seeds.max()]
    lines = []
    for count, detectors in fewer.groupby(fewer):
        names = ", ".join(f'"{detector}"' for detector in detectors.index)
        lines.append(f" With {count} of these seeds only: {names}.")
    return "".join(lines)


def verdicts(cases):
    """Return how our detector compares with the closest of the others, by setting and metric."""
    lines = []
    for setting in SETTINGS:
        for metric in METRICS:
            found = by_table(cases, setting, metric)
            if OURS not in found.index:
                continue
            others = found[~found.index.str.startswith(OURS)]
            closest = others.rsub(found.loc[OURS]).mean(axis=1).idxmin()
            theirs = others.loc[closest]
            ours = found.loc[OURS, theirs.notna()]
            difference = compared(ours, theirs)
            lines.append(
                f"* {setting}, {metric}: {OURS} {100 * ours.mean():.1f}, {closest} {100 * theirs.mean():.1f} "
                f"(ours ahead on {difference['ours ahead']} tables, p {difference['p']})"
            )
    return "\n".join(["Beside the best of the others on the same tables:", "", *lines]) if lines else ""


def neighbours(cases):
    """Return on which tables a distance to neighbours is as good as our detector, by setting."""
    lines = []
    for setting in SETTINGS:
        areas = by_table(cases, setting, "ROC-AUC")
        if OURS not in areas.index:
            continue
        distances = areas[areas.index.str.startswith(NEIGHBOURS)]
        simple = distances.loc[distances.mean(axis=1).idxmax()]
        as_good = areas.columns[simple > areas.loc[OURS] - AS_GOOD]
        lines.append(
            f"* {setting}: {simple.name}, the best of the distances to neighbours in the mean, is as good on "
            f"{len(as_good)} of {areas.shape[1]} tables (better, or less than {100 * AS_GOOD:.0f} point below): "
            f"{', '.join(as_good)}."
        )
    return "\n".join(["Where neighbours alone do as well, use them:", "", *lines]) if lines else ""


def within(cases, share):
    """Return whether the number of flagged new usual rows is in the 95 % range of the binomial distribution."""
    rows = cases["new usual rows"].to_numpy()
    low, high = binom.interval(LEVEL, rows, share)
    flagged = np.round(cases[f"flagged at {share}"].to_numpy() * rows)
    return (low <= flagged) & (flagged <= high)


def exact_within(cases, share):
    """Return how often a threshold would be in that range that is a quantile of as many independent scores."""
    fitted, rows = cases["fitted rows"].to_numpy(), cases["new usual rows"].to_numpy()
    low, high = binom.interval(LEVEL, rows, share)
    above = share * (fitted + 1)
    flagged = betabinom(rows, above, fitted + 1 - above)
    return np.mean(flagged.cdf(high) - flagged.cdf(low - 1))


def flagged(cases):
    """Return the table of the shares of new usual rows that each detector flags."""
    cases = cases[cases[f"flagged at {SHARES[0]}"].notna()]
    rows = []
    for detector, found in cases.groupby("detector"):
        row = {"detector": labelled(detector, found["table"].nunique(), cases["table"].nunique())}
        for share in SHARES:
            shares = found.groupby("table")[f"flagged at {share}"].mean()
            row |= {
                f"{percent(share)}: mean": percent(shares.mean(), 1),
                f"{percent(share)}: tables": f"{100 * shares.min():.1f} to {percent(shares.max(), 1)}",
                f"{percent(share)}: within": percent(np.mean(within(found, share))),
            }
        rows.append((np.abs(found[f"flagged at {SHARES[0]}"] - SHARES[0]).mean(), row))
    rows = [row for _, row in sorted(rows, key=lambda pair: pair[0])]
    one_each = cases.drop_duplicates(["table", "seed"])
    exact = {"detector": "a quantile of as many scores of other usual rows"}
    for share in SHARES:
        exact |= {f"{percent(share)}: mean": percent(share, 1), f"{percent(share)}: tables": ""}
        exact[f"{percent(share)}: within"] = percent(exact_within(one_each, share))
    return markdown([*rows, exact])


def flagged_by_table(cases):
    """Return the shares that two of our detectors flag on each table, seed by seed, and the 95 % range."""
    ours = cases[cases["detector"].isin([OURS, f"{OURS}, surprise"]) & cases[f"flagged at {SHARES[0]}"].notna()]
    rows = []
    for table, found in ours.groupby("table", sort=False):
        n_rows = int(found["new usual rows"].min())
        row = {"table": table, "new usual rows": str(n_rows)}
        for share in SHARES:
            low, high = np.divide(binom.interval(LEVEL, n_rows, share), n_rows)
            row[f"{percent(share)}: range"] = f"{100 * low:.1f} to {100 * high:.1f}"
            for detector, of_detector in found.groupby("detector"):
                shares = of_detector.sort_values("seed")[f"flagged at {share}"]
                kind = detector.removeprefix(OURS).strip(" ,") or "default"
                row[f"{percent(share)}: {kind}"] = ", ".join(f"{100 * one:.1f}" for one in shares)
        rows.append(row)
    return markdown(rows) if rows else ""


def all_tables(cases):
    """Return every mean over seeds, in percent."""
    parts = []
    for setting in SETTINGS:
        order = by_table(cases, setting, "ROC-AUC").mean(axis=1).sort_values(ascending=False).index
        for metric in METRICS:
            table = (100 * by_table(cases, setting, metric).loc[order]).rename_axis(index=None, columns=None)
            table.insert(0, "mean", table.mean(axis=1))
            text = table.to_string(float_format="{:.1f}".format, na_rep="")
            parts += [f"{setting.capitalize()}, {metric}:", f"```\n{text}\n```"]
    return parts


def page(cases):
    """Return the page as Markdown."""
    sizes = cases.drop_duplicates("table")
    parts = [
        "# Outlier detectors, side by side",
        f"`python benchmarks/outliers.py` on {len(sizes)} tables of ADBench (Han et al., 2022), with "
        f"{cases['seed'].nunique()} seeds. From larger tables each seed draws {int(sizes['rows'].max())} rows, with "
        f"the table's share of outliers; of smaller ones all rows are taken.{fewer_seeds(cases)}",
        "Columns are standardised by the fitted rows. Numbers are means over seeds, then over tables, in percent; "
        f"{SOME_TABLES} marks detectors that failed on some tables, so that their means are over fewer. Seconds are "
        "those of a fit and the scores, mean over seeds, on one thread of a shared machine: orders of magnitude only. "
        "Median and maximum are those over tables.",
        "Detectors have their defaults, except these:",
        '* "nearest neighbour k": the distance to the k-th nearest row\n'
        '* "pyod KNN, mean": `method="mean"`\n'
        f'* "{OURS}, surprise": `criterion="surprise"`, which keeps no rows\n'
        f'* "{OURS}, linear": `hidden_layer_sizes=()`, which shows how much the hidden layer adds\n'
        f"* in the setting novelty, {OURS} and scikit-learn's LocalOutlierFactor: `novelty=True`",
        f"The defaults of {OURS} were chosen on tables of ADBench, these among them; those of the other detectors were "
        "not.",
    ]
    parts.append(verdicts(cases))
    for setting, meaning in SETTINGS.items():
        parts += [f"## {setting.capitalize()}", meaning, means(cases, setting)]
    parts += [
        "Differences are in ROC-AUC, over the tables that both have; p is that of Wilcoxon's signed-rank test.",
        neighbours(cases),
        failures(cases),
        "## Flagged shares",
        "Share of new usual rows that are flagged where a contamination of 5 % and 10 % was asked for, in the setting "
        f"novelty, so that {OURS} has `novelty=True`. The threshold is that quantile of the scores of the fitted rows. "
        "Columns: mean over tables, least and most of a table, and the share of cases (table and seed) within the "
        "central 95 % range of the binomial distribution. That range ignores the sampling error of the threshold. The "
        "last line shows what an exact method has.",
        flagged(cases),
        flagged_by_table(cases),
        "## All tables",
        *all_tables(cases),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"
