using System;
using System.Collections.Generic;

namespace Muninn.Engine.Text.Templates;

/// <summary>Names and values; what a loop's body sets is gone after each turn.</summary>
sealed class TemplateScope(TemplateScope? outer)
{
    readonly Dictionary<string, object?> _values = new(StringComparer.Ordinal);

    public object? this[string name]
    {
        get
        {
            for (var scope = this; scope is not null; scope = scope.Outer)
            {
                if (scope._values.TryGetValue(name, out var value))
                    return value;
            }

            return new Undefined(name);
        }

        set => _values[name] = value;
    }

    /// <summary>The scope of the whole template, which macros see.</summary>
    public TemplateScope Root => Outer?.Root ?? this;

    TemplateScope? Outer { get; } = outer;
}
