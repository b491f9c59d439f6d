"""A version of a model has a name of its own, so that it is a dataset with lineage of its own: `churn`, version 2, is `churn@2`."""


def version_name(model: str, version: str) -> str:
    """The name of one version, in the model's namespace. Where a producer puts the version into the name (`models/churn/2`), that is
    the version's own already."""
    return model if model.endswith((f"/{version}", f"@{version}")) else f"{model}@{version}"
