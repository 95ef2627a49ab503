using System;
using System.IO;
using System.Linq;
using Muninn.Engine.Text;
using Xunit;

namespace Muninn.Tests.Engine.Text;

public sealed class ChatTemplateTests
{
    [Theory]
    [InlineData("a\n  {% include 'x' %}", "line 2, column 6: the tag 'include' is not supported")]
    [InlineData("{% raw %}{% endraw %}", "the tag 'raw' is not supported")]
    [InlineData("{{ x | frobnicate }}", "line 1, column 8: the filter 'frobnicate' is not supported; supported: abs")]
    [InlineData("{{ x is frobnicated }}", "the test 'frobnicated' is not supported")]
    [InlineData("{{ 2 ** 3 }}", "column 6: the operator ** is not supported")]
    [InlineData("{{ f(*a) }}", "arguments spread with *")]
    [InlineData("{% for x in y recursive %}{% endfor %}", "recursive loops are not supported")]
    [InlineData("{% if x %}", "expected 'endif', found the end of the template")]
    [InlineData("{% if x %}{% endfor %}", "expected 'endif', found 'endfor'")]
    [InlineData("{% endif %}", "the tag 'endif' without its opening tag")]
    [InlineData("{% break %}", "'break' outside a loop")]
    [InlineData("{{ 'a }}", "a string without its closing quote")]
    [InlineData("{{ x ", "a tag without its '}}'")]
    [InlineData("{# x", "a comment without its '#}'")]
    [InlineData("{{ x $ }}", "the character '$' inside a tag")]
    [InlineData("{{ (1] }}", "a ']' without its opening bracket")]
    [InlineData("{{ }}", "expected a value, found '}}'")]
    [InlineData("{{ 1 2 }}", "expected '}}', found '2'")]
    [InlineData("{{ 12abc }}", "a number with a letter behind it")]
    [InlineData("{{ 99999999999999999999 }}", "more than 64 bits")]
    [InlineData("{{ '\\u00g0' }}", "a wrong \\u escape")]
    public void Names_what_it_does_not_know(string template, string message)
    {
        var error = Assert.Throws<InvalidDataException>(() => ChatTemplate.Parse(template, "t/chat.jinja"));
        Assert.StartsWith("t/chat.jinja: chat template, line ", error.Message, StringComparison.Ordinal);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{{ strftime_now('%Y') }}", "the function 'strftime_now' is not supported or is none")]
    [InlineData("{{ 'a'.format(1) }}", "the method 'format' is not supported or is none")]
    [InlineData("\n\n {{ nothing.at.all }}", "line 3, column 12: 'nothing' is undefined and has no 'at'")]
    [InlineData("{{ raise_exception('no ' ~ 'way') }}", "the template refuses the conversation: no way")]
    [InlineData("{{ 9223372036854775807 + 1 }}", "a number of more than 64 bits")]
    [InlineData("{{ 1 % 0 }}", "division by zero")]
    [InlineData("{{ 'a'.strip(1) }}", "strip: 'chars' has to be a string, found a number")]
    [InlineData("{{ 'a'.upper(1) }}", "upper: 1 arguments, expected at most 0")]
    [InlineData("{{ [] | join(sep=1) }}", "join: the argument 'sep' is not supported")]
    [InlineData("{% for a, b in [[1]] %}{% endfor %}", "2 names for 1 values")]
    [InlineData("{% set x = 1 %}{% set x.y = 2 %}", "'x.y' can be set only on a namespace")]
    [InlineData("{% for x in 5 %}{% endfor %}", "expected something to go through, found a number")]
    [InlineData("{{ messages.append }}{{ messages.append(1) }}", "the method 'append' is not supported")]
    public void Says_where_it_fails(string template, string message)
    {
        var error = Assert.Throws<InvalidDataException>(() => Render(template));
        Assert.StartsWith("t/chat.jinja: chat template, line ", error.Message, StringComparison.Ordinal);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{% for i in range(100000) %}{% for j in range(100000) %}{% endfor %}{% endfor %}")]
    [InlineData("{% set ns = namespace(x='aaaaaaaa') %}{% for i in range(1000) %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}")]
    [InlineData("{% set ns = namespace(x=[1]) %}{% for i in range(1000) %}{% set ns.x = ns.x + ns.x %}{% endfor %}")]
    [InlineData("{% set ns = namespace(x=[]) %}{% for i in range(1000) %}{% set ns.x = [ns.x] %}{% endfor %}{{ ns.x }}")]
    [InlineData("{% set ns = namespace(x=[1]) %}{% for i in range(90) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}{{ ns.x }}")]
    [InlineData("{% set ns = namespace(x=[1]) %}{% for i in range(90) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}{{ ns.x | tojson }}")]
    [InlineData("{% set ns = namespace(x=[1], y=[1]) %}{% for i in range(90) %}{% set ns.x = [ns.x, ns.x] %}{% set ns.y = [ns.y, ns.y] %}{% endfor %}{{ ns.x == ns.y }}")]
    [InlineData("{{ 'a' * 1000000000 }}")]
    [InlineData("{{ range(1000000000) }}")]
    [InlineData("{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}")]
    [InlineData("{% set x = 'a' * 4000000 %}{{ x.replace('', x) }}")]
    [InlineData("{% set x = 'a' * 4000000 %}{{ x.replace('a', x) }}")]
    [InlineData("{% set x = 'a' * 4000000 %}{{ (x | list) | join(x) }}")]
    public void A_hostile_template_ends_with_an_error(string template) =>
        Assert.Throws<InvalidDataException>(() => Render(template));

    [Fact]
    public void Refuses_deep_nesting()
    {
        Assert.Throws<InvalidDataException>(() => Render("{{ " + new string('(', 5_000) + "1" + new string(')', 5_000) + " }}"));
        Assert.Throws<InvalidDataException>(() => Render("{{ " + new string('-', 5_000) + "1 }}"));
        Assert.Throws<InvalidDataException>(() => Render("{{ " + string.Concat(Enumerable.Repeat("not ", 5_000)) + "1 }}"));
        Assert.Throws<InvalidDataException>(() => Render(string.Concat(Enumerable.Repeat("{% if 1 %}", 5_000))));
    }

    [Fact]
    public void Long_chains_do_not_overflow_the_stack()
    {
        foreach (var chain in (string[])[" + 1", " ~ 1", " | string", ".a", "[0]", " or 0", " and 1", " if 1 else 1"])
        {
            try
            {
                Render("{{ 1" + string.Concat(Enumerable.Repeat(chain, 50_000)) + " }}");
            }
            catch (InvalidDataException)
            {
                // Refused or answered, either is fine; a crash is not.
            }
        }
    }

    [Fact]
    public void Undefined_tokens_print_nothing() => Assert.Equal("[]", Render("[{{ bos_token }}]"));

    static string Render(string template) =>
        ChatTemplate.Parse(template, "t/chat.jinja").Render([new("user", "hi")], new());
}
