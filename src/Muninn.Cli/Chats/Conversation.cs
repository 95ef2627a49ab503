using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using Muninn.Cli.Frame;
using Muninn.Cli.Results;
using Muninn.Engine.Files;
using Muninn.Engine.Generation;
using Muninn.Engine.Text;

namespace Muninn.Cli.Chats;

/// <summary>A conversation with a model: its turns so far, and the next answer.</summary>
sealed class Conversation
{
    readonly GenerationSession _session;
    readonly ModelText _text;
    readonly Shell _shell;
    readonly ChatOutput _output;
    readonly string _role;
    readonly IReadOnlyList<int> _ends;
    readonly List<ChatMessage> _turns = [];

    /// <summary>Begins one.</summary>
    /// <param name="session">The model.</param>
    /// <param name="system">The system turn, or null.</param>
    /// <param name="shell">Where answers are shown.</param>
    public Conversation(GenerationSession session, string? system, Shell shell)
    {
        _session = session;
        _text = session.Text!;
        _shell = shell;
        _output = new ChatOutput(shell);
        var answers = AnswerForm.Of(_text);
        _role = answers.Role;
        _ends = [.. session.EndTokens.Union(answers.EndTokens)];
        System = system;
        Iterations = session.Plan.Iterations ?? session.Config.MeanRecurrence;
    }

    /// <summary>The system turn, or null.</summary>
    public string? System { get; set; }

    /// <summary>Most iterations of a token.</summary>
    public int Iterations { get; set; }

    /// <summary>Turns behind the system turn.</summary>
    public int Count => _turns.Count;

    /// <summary>The colours of the answers.</summary>
    public string Scale => _output.Scale(Iterations);

    /// <summary>Forgets all turns but the system turn.</summary>
    public void Reset() => _turns.Clear();

    /// <summary>Answers a message, and remembers both.</summary>
    /// <param name="message">The user's.</param>
    /// <exception cref="UsageException">The conversation or a setting does not fit the model; it is as before.</exception>
    /// <exception cref="InvalidDataException">The template or the model fails on it; it is as before.</exception>
    public GenerationRecord Answer(string message)
    {
        int[] prompt = _text.EncodeChat([.. Turns, new("user", message)]);
        if (prompt.Length >= _session.Config.Context)
        {
            throw new UsageException(
                $"the conversation has {prompt.Length} tokens, and {_session.Location.Reference} reads at most {_session.Config.Context}, one of them the next. " +
                "Begin anew with /reset, or say less.");
        }

        var plan = _session.Plan with { Iterations = Iterations };
        var request = plan.Request(_session.Config, prompt, _ends);
        var text = new ContinuedText(_text.Tokenizer, plan.Stops);
        using var source = CancellationTokenSource.CreateLinkedTokenSource(_shell.Stopping);
        using var diversion = _shell.DivertInterrupt(source);
        var record = _session.Generate(request, (in GeneratedToken token) =>
        {
            _output.Write(text.Push(token.Token).Released, token.Iterations, request.Limit);
            return text.Stop is null;
        }, () => source.IsCancellationRequested);
        _output.Write(text.Finish(), record.Tokens is [.., var last] ? last.Iterations : request.Limit, request.Limit);
        _shell.Output.WriteLine();
        _shell.Output.Flush();
        _shell.Stopping.ThrowIfCancellationRequested();
        record.RequireSound();
        // An answer that was ended before it began leaves no trace.
        if (record.End == GenerationEnd.Cancelled && record.Tokens.Count == 0) return record;
        _turns.Add(new("user", message));
        _turns.Add(new(_role, text.Shown));
        return record;
    }

    /// <summary>Writes all turns to a file.</summary>
    /// <param name="file">Where to.</param>
    public void Save(OutputFile file) => file.Write(_shell, target => FileOutput.Write(target, stream => JsonOutput.Write(stream, json =>
    {
        json.WriteString("model", _session.Location.Reference);
        json.WriteStartArray("messages");
        foreach (var turn in Turns)
        {
            json.WriteStartObject();
            json.WriteString("role", turn.Role);
            json.WriteString("content", turn.Content);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    })));

    IEnumerable<ChatMessage> Turns => System is null ? _turns : _turns.Prepend(new("system", System));
}
