"""Perl's data without Perl."""

from __future__ import annotations

from typing import Any

import pytest

from slaplugin.hosts.rt.perldata import PerlDataError, settings_in


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("1_000", 1000),
        ("0.5", 0.5),
        ("60*2+15", 135),
        ("-(2 - 5) * 2", 6),
        ("+60*24", 1440),
        ("10/4", 2.5),
        ("'it\\'s $x @y \\n'", "it's $x @y \\n"),
        ('"tab\\t\\$x \\"q\\""', 'tab\t$x "q"'),
        ("q{a {b} c}", "a {b} c"),
        ("qq(a b)", "a b"),
        ("'a' . 'b' . 1", "ab1"),
        ("'5' * '2'", 10),
        ("undef", None),
        ("[1, [2], qw(a b), (3, 4),]", [1, [2], "a", "b", 3, 4]),
        ("{ a => 1, 'b c' => { -d => undef }, 5 => [] }", {"a": 1, "b c": {"-d": None}, "5": []}),
        ("[1..3, map { $_ * 10 } 4, 5]", [1, 2, 3, 40, 50]),
        ('[map { [$_, map { "$_-${_}" } 1..2] } 7]', [[7, "1-1", "2-2"]]),
        ("[map +{ n => $_ }, 1, 2]", [{"n": 1}, {"n": 2}]),
        ("{ map {; $_ => 1 } qw(x y) }", {"x": 1, "y": 1}),
        ("[ # a remark, with ) and }\n 1, # another\n ]", [1]),
    ],
)
def test_values(source: str, value: Any) -> None:
    (found,) = settings_in(f"Set(%X, k => {source});", "X")
    assert found.table() == {"k": value}


@pytest.mark.parametrize(
    "source",
    [
        "Set(%X, (a => 1));",
        "Set( %X => ( a => 1 ) );",
        "%RT::X = (a => 1);",
        "our %X = ( 'a', 1 );",
        "  Set (%X = (a => 1,));",
    ],
)
def test_ways_to_set_it(source: str) -> None:
    (found,) = settings_in(f"1;\n{source}\nSet($Y, sub {{ die }});", "X")
    assert (found.table(), found.line) == ({"a": 1}, 2)


def test_manual_pages_comments_and_what_follows_the_program_are_not_read() -> None:
    source = """\
=pod

Set(%X, wrong());

=cut

# Set(%X, wrong());
Set(%XY, other => 1);
Set(%X, a => 1);
__END__
Set(%X, wrong());
"""
    (found,) = settings_in(source, "X")
    assert (found.table(), found.line) == ({"a": 1}, 9)


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("a => foo()", "'foo' is Perl code"),
        ("a => $b", "is not plain data"),
        ("a => @b", "is not plain data"),
        ('a => "x $y"', "variable"),
        ('a => "x @{[ 1 ]}"', "variable"),
        ("a => sub { 1 }", "'sub' is Perl code"),
        ("a => 1 if 1", "expected ','"),
        ("a => {", "is not plain data"),
        ("a => 'x", "never closed"),
        ("map { $_ => 1 } 1..999999999", "range"),
        ("map { [1..50000] } 1..50000", "more than"),
        ("a => " + "[" * 100, "levels"),
        ("a => 'x' * 2", "no numbers"),
        ("a => 1/0", "no numbers"),
        ("a => $_", "outside of a map"),
    ],
)
def test_anything_else_is_named_with_its_line(source: str, said: str) -> None:
    with pytest.raises(PerlDataError, match=said) as failure:
        settings_in(f"1;\nSet(%X,\n {source});", "X")
    assert failure.value.line == 3


@pytest.mark.parametrize("source", ["a => 1, 'b'", "{} => 1", "undef, 1"])
def test_lists_that_are_no_hash(source: str) -> None:
    (found,) = settings_in(f"Set(%X, {source});", "X")
    with pytest.raises(PerlDataError):
        found.table()
