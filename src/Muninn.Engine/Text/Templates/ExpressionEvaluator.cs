using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;

namespace Muninn.Engine.Text.Templates;

/// <summary>Works out expressions, and counts what that costs.</summary>
sealed class ExpressionEvaluator(TemplateSource source)
{
    // Characters written, items made and steps done together; a long conversation needs a hundredth.
    const long Budget = 50_000_000;
    long _left = Budget;

    public object? Evaluate(Expression expression, TemplateScope scope)
    {
        try
        {
            var value = Compute(expression, scope);
            // What names and keys lead to is there already; the rest has just been made.
            var isMade = expression is not (Expression.Literal or Expression.Variable or Expression.Member or Expression.Item);
            Charge(1 + (isMade ? CostOf(value) : 0), expression.Place);
            return value;
        }
        catch (InvalidDataException error) when (!error.Message.StartsWith(source.Path, StringComparison.Ordinal))
        {
            throw new InvalidDataException(source.Error(expression.Place, error.Message).Message, error);
        }
    }

    /// <summary>Takes a cost off what a template may use: a character, an item and a step are one each.</summary>
    public void Charge(long cost, TemplatePlace place)
    {
        _left -= cost;
        if (_left < 0)
            throw source.Error(place, FormattableString.Invariant($"the template does more than {Budget} steps on this conversation"));
    }

    // A list's item takes as much memory as sixteen characters.
    static long CostOf(object? value) => value switch
    {
        string text => text.Length,
        List<object?> list => 16L * list.Count,
        TemplateMap map => 16L * map.Entries.Count,
        _ => 0,
    };

    /// <summary>The value, with what it costs to go through it taken off.</summary>
    object? Used(Expression expression, TemplateScope scope)
    {
        var value = Evaluate(expression, scope);
        Charge(CostOf(value), expression.Place);
        return value;
    }

    /// <summary>As <see cref="Used"/>, where only a text has to be gone through.</summary>
    object? Owner(Expression expression, TemplateScope scope)
    {
        var value = Evaluate(expression, scope);
        Charge(value is string text ? text.Length : 0, expression.Place);
        return value;
    }

    object? Compute(Expression expression, TemplateScope scope)
    {
        switch (expression)
        {
            case Expression.Literal literal:
                return literal.Value;
            case Expression.Variable variable:
                return scope[variable.Name];
            case Expression.ListOf list:
                return list.Items.Select(item => Evaluate(item, scope)).ToList();
            case Expression.MapOf map:
                var result = new TemplateMap();
                foreach (var (key, value) in map.Entries)
                    result[Evaluate(key, scope)] = Evaluate(value, scope);
                return result;
            case Expression.Unary unary:
                return ComputeUnary(unary, scope);
            case Expression.Binary binary:
                return ComputeBinary(binary, scope);
            case Expression.Comparison comparison:
                return ComputeComparison(comparison, scope);
            case Expression.Condition condition:
                if (TemplateValues.IsTrue(Evaluate(condition.When, scope)))
                    return Evaluate(condition.Then, scope);
                return condition.Otherwise is { } otherwise
                    ? Evaluate(otherwise, scope)
                    : new Undefined("an 'if' without 'else'");
            case Expression.Member member:
                return TemplateMembers.Member(Owner(member.Owner, scope), member.Name);
            case Expression.Item item:
                return TemplateMembers.Item(Owner(item.Owner, scope), Evaluate(item.Index, scope));
            case Expression.Slice slice:
                return TemplateMembers.Slice(
                    Used(slice.Owner, scope), Optional(slice.Start, scope), Optional(slice.Stop, scope), Optional(slice.Step, scope));
            case Expression.Call call:
                return ComputeCall(call, scope);
            case Expression.Filter filter:
                return TemplateFilters.Apply(
                    filter.Name, Used(filter.Input, scope), ArgumentsOf(filter.Name, filter.Arguments, scope));
            case Expression.Test test:
                return TemplateTests.Apply(
                        test.Name, Used(test.Input, scope), ArgumentsOf(test.Name, test.Arguments, scope))
                    == (test.Agreement == Agreement.Is);
            default:
                throw new InvalidOperationException($"an expression without a rule: {expression.GetType().Name}");
        }
    }

    object? Optional(Expression? expression, TemplateScope scope) => expression is null ? null : Evaluate(expression, scope);

    object ComputeUnary(Expression.Unary unary, TemplateScope scope)
    {
        var operand = Evaluate(unary.Operand, scope);
        return unary.Operator switch
        {
            "not" => !TemplateValues.IsTrue(operand),
            "-" => TemplateOperators.Negate(operand),
            _ => operand is long or double
                ? operand
                : throw new InvalidDataException($"'+' needs a number, found {TemplateValues.KindOf(operand)}"),
        };
    }

    object? ComputeBinary(Expression.Binary binary, TemplateScope scope)
    {
        var left = Evaluate(binary.Left, scope);
        return binary.Operator switch
        {
            "and" => TemplateValues.IsTrue(left) ? Evaluate(binary.Right, scope) : left,
            "or" => TemplateValues.IsTrue(left) ? left : Evaluate(binary.Right, scope),
            _ => TemplateOperators.Apply(binary.Operator, left, Evaluate(binary.Right, scope)),
        };
    }

    bool ComputeComparison(Expression.Comparison comparison, TemplateScope scope)
    {
        var left = Evaluate(comparison.First, scope);
        foreach (var (name, expression) in comparison.Rest)
        {
            var right = Used(expression, scope);
            if (left is List<object?> or TemplateMap)
                Charge(TemplateValues.MaxCompared, expression.Place);
            if (!TemplateOperators.Compare(name, left, right))
                return false;
            left = right;
        }

        return true;
    }

    object? ComputeCall(Expression.Call call, TemplateScope scope)
    {
        var function = Evaluate(call.Function, scope);
        if (function is not TemplateFunction known)
        {
            throw new InvalidDataException(call.Function switch
            {
                Expression.Member member => $"the method '{member.Name}' is not supported or is none: it is {TemplateValues.KindOf(function)}",
                Expression.Variable variable => $"the function '{variable.Name}' is not supported or is none: it is {TemplateValues.KindOf(function)}",
                _ => $"{TemplateValues.KindOf(function)} cannot be called",
            });
        }

        var (plain, named) = Values(call.Arguments, scope);
        return known(plain, named);
    }

    TemplateArguments ArgumentsOf(string name, ArgumentList arguments, TemplateScope scope)
    {
        var (plain, named) = Values(arguments, scope);
        return new(name, plain, named);
    }

    (List<object?> Plain, Dictionary<string, object?> Named) Values(ArgumentList arguments, TemplateScope scope)
    {
        var named = new Dictionary<string, object?>(StringComparer.Ordinal);
        var plain = arguments.Plain.Select(item => Evaluate(item, scope)).ToList();
        foreach (var (name, value) in arguments.Named)
        {
            if (!named.TryAdd(name, Evaluate(value, scope)))
                throw new InvalidDataException($"the argument '{name}' is given twice");
        }

        return (plain, named);
    }
}
