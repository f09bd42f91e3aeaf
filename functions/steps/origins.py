"""Where an action's data may lie in the data bucket: among the records, or the tenant's own."""

from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints, model_validator

LONGEST_KEY = 1024


def _has_plain_parts(key: str) -> str:
    if {"", ".", ".."} & set(key.split("/")):
        raise ValueError('must not have empty parts, or "." or ".." among them')
    return key


Key = Annotated[
    str, StringConstraints(min_length=1, max_length=LONGEST_KEY), AfterValidator(_has_plain_parts)
]


class Source(BaseModel):
    """An object: by its key, among the records or the tenant's results, or as what was uploaded."""

    model_config = ConfigDict(defer_build=True, extra="forbid")

    bucket_key: Key | None = None
    upload: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")] | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.bucket_key is None) is (self.upload is None):
            raise ValueError("give either bucket_key or upload")
        return self


def key_of(source: Source, tenant: str, records: str) -> str | None:
    """Return the source's key, or None where it is not for this tenant. `records` is the records' prefix."""
    if source.bucket_key is None:
        return f"uploads/{tenant}/{source.upload}"
    if source.bucket_key.startswith((f"{records}/", f"results/{tenant}/")):
        return source.bucket_key
    return None
