"""Test the Parquet writer: what pyarrow reads is what was written."""

import io

import pyarrow.parquet as pq
from hypothesis import given, settings, strategies as st

from core.parquet import Kind, write_parquet

COLUMNS: dict[str, Kind] = {"name": "string", "cases": "integer", "hours": "number"}
CELLS = st.tuples(
    st.none() | st.text(st.characters(codec="utf-8"), max_size=30),
    st.none() | st.integers(-(2**63), 2**63 - 1),
    st.none() | st.floats(allow_nan=False),
)


@given(st.lists(CELLS, max_size=300))
@settings(max_examples=30, deadline=None)
def test_pyarrow_reads_what_was_written(rows: list[tuple[str | None, int | None, float | None]]) -> None:
    table = pq.read_table(io.BytesIO(write_parquet(COLUMNS, rows, {"licence": "CC BY 4.0"})))
    assert [str(field.type) for field in table.schema] == ["string", "int64", "double"]
    assert [tuple(row.values()) for row in table.to_pylist()] == rows
    assert table.schema.metadata == {b"licence": b"CC BY 4.0"}


def test_a_table_of_many_columns_has_them_all() -> None:
    columns: dict[str, Kind] = {f"c{n}": "integer" for n in range(40)}
    table = pq.read_table(io.BytesIO(write_parquet(columns, [list(range(40))])))
    assert table.to_pylist() == [{f"c{n}": n for n in range(40)}]
