"""A status moves along its table, for those who may, and in no other way."""

from core.workflow import Move, Workflow

TABLE = Workflow(
    [
        Move("submit", frozenset({"draft"}), "review", "letters.change_letter", "Submit"),
        Move("return", frozenset({"review"}), "draft", "letters.clear_letter", "Return"),
        Move("withdraw", frozenset({"draft", "review"}), "withdrawn", "letters.change_letter", "Withdraw"),
    ]
)


def test_the_diagram_shows_every_move() -> None:
    diagram = TABLE.diagram().splitlines()
    assert diagram[0] == "stateDiagram-v2"
    assert "    draft --> review: submit" in diagram
    assert len(diagram) == 5


def test_the_database_trigger_holds_the_same_pairs() -> None:
    assert TABLE.trigger().transitions == [
        ("draft", "review"),
        ("draft", "withdrawn"),
        ("review", "draft"),
        ("review", "withdrawn"),
    ]
