using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Muninn.Cli.Frame;

namespace Muninn.Cli.Commands;

/// <summary>Prints a completion script for a shell; the script knows every command, option and choice.</summary>
sealed class CompletionCommand : Verb
{
    /// <inheritdoc/>
    public override string Name => "completion";

    /// <inheritdoc/>
    public override string Summary => "Print a completion script for bash, zsh, fish or pwsh.";

    /// <inheritdoc/>
    public override Positional Positional => new("SHELL", "The shell: bash, zsh, fish or pwsh.", 1, 1, "bash", "zsh", "fish", "pwsh");

    /// <inheritdoc/>
    public override IReadOnlyList<(string Purpose, string Line)> Examples =>
    [
        ("bash, for this session", "source <(muninn completion bash)"),
        ("zsh, for good", "muninn completion zsh > \"${fpath[1]}/_muninn\""),
        ("fish, for good", "muninn completion fish > ~/.config/fish/completions/muninn.fish"),
        ("PowerShell, for this session", "muninn completion pwsh | Out-String | Invoke-Expression"),
    ];

    /// <inheritdoc/>
    public override bool RunsAnywhere => true;

    /// <inheritdoc/>
    public override int Run(Invocation invocation)
    {
        var verbs = Catalogue.Verbs.Select(v => v.Create()).ToList();
        var script = invocation.Words[0] switch
        {
            "bash" => Bash(verbs),
            "zsh" => Zsh(verbs),
            "fish" => Fish(verbs),
            _ => PowerShell(verbs),
        };
        invocation.Shell.Output.Write(script);
        return ExitCode.Success;
    }

    static string Bash(List<Verb> verbs)
    {
        var text = new StringWriter { NewLine = "\n" };
        text.WriteLine("_muninn() {");
        text.WriteLine("  local word=\"${COMP_WORDS[COMP_CWORD]}\" before=\"${COMP_WORDS[COMP_CWORD-1]}\" command=\"${COMP_WORDS[1]}\"");
        text.WriteLine($"  [[ $command == @({string.Join('|', GroupWords(verbs))}) && $COMP_CWORD -gt 2 ]] && command=\"$command ${{COMP_WORDS[2]}}\"");
        text.WriteLine("  local words=\"\" files=0");
        text.WriteLine("  if [[ $COMP_CWORD -eq 1 ]]; then");
        text.WriteLine($"    words=\"{string.Join(' ', FirstWords(verbs).Append("--help").Append("--version"))}\"");
        text.WriteLine("  else");
        text.WriteLine("    case \"$command|$before\" in");
        foreach (var group in GroupWords(verbs)) text.WriteLine($"      '{group}|{group}') words=\"{string.Join(' ', SecondWords(verbs, group))}\" ;;");
        foreach (var verb in verbs)
        {
            foreach (var setting in verb.Settings.Where(s => s.ValueName is not null))
            {
                var pattern = setting.ShortName is null
                    ? $"'{verb.Name}|{setting.Name}'"
                    : $"'{verb.Name}|{setting.Name}'|'{verb.Name}|{setting.ShortName}'";
                text.WriteLine($"      {pattern}) {(setting.TakesFile ? "files=1 " : "")}words=\"{string.Join(' ', setting.Choices)}\" ;;");
            }
        }

        foreach (var verb in verbs) text.WriteLine($"      '{verb.Name}|'*) words=\"{string.Join(' ', WordsOf(verb))}\" ;;");
        text.WriteLine("    esac");
        text.WriteLine("  fi");
        text.WriteLine("  COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))");
        text.WriteLine("  [[ $files -eq 1 ]] && COMPREPLY+=($(compgen -f -- \"$word\"))");
        text.WriteLine("  return 0");
        text.WriteLine("}");
        text.WriteLine("complete -o filenames -F _muninn muninn");
        return text.ToString();
    }

    static string Zsh(List<Verb> verbs)
    {
        var text = new StringWriter { NewLine = "\n" };
        text.WriteLine("#compdef muninn");
        text.WriteLine("_muninn() {");
        text.WriteLine("  if (( CURRENT == 2 )); then");
        text.WriteLine($"    compadd -- {string.Join(' ', FirstWords(verbs).Append("--help").Append("--version"))}");
        text.WriteLine("    return");
        text.WriteLine("  fi");
        text.WriteLine("  local command=\"${words[2]}\"");
        foreach (var group in GroupWords(verbs))
        {
            text.WriteLine($"  if [[ $command == {group} ]]; then");
            text.WriteLine($"    if (( CURRENT == 3 )); then compadd -- {string.Join(' ', SecondWords(verbs, group))}; return; fi");
            text.WriteLine($"    command=\"{group} ${{words[3]}}\"");
            text.WriteLine("  fi");
        }

        text.WriteLine("  case \"$command\" in");
        foreach (var verb in verbs)
        {
            text.WriteLine($"    '{verb.Name}')");
            text.Write("      _arguments '*:: :_files'");
            foreach (var setting in verb.Settings)
            {
                foreach (var name in Names(setting))
                    text.Write($" \\\n        '{name}[{Quoted(setting.Description)}]{ZshValue(setting)}'");
            }

            text.WriteLine(" \\\n        '--help[Show help.]' ;;");
        }

        text.WriteLine("  esac");
        text.WriteLine("}");
        text.WriteLine("if [[ $funcstack[1] == _muninn ]]; then _muninn \"$@\"; else compdef _muninn muninn; fi");
        return text.ToString();

        static string Quoted(string words) =>
            words.Replace("'", "'\\''", StringComparison.Ordinal).Replace("[", "\\[", StringComparison.Ordinal)
                .Replace("]", "\\]", StringComparison.Ordinal).Replace(":", "\\:", StringComparison.Ordinal);

        static string ZshValue(Setting setting) => setting.ValueName is null ? ""
            : setting.Choices.Count > 0 ? $":{setting.ValueName}:({string.Join(' ', setting.Choices)})"
            : setting.TakesFile ? $":{setting.ValueName}:_files"
            : $":{setting.ValueName}: ";
    }

    static string Fish(List<Verb> verbs)
    {
        var text = new StringWriter { NewLine = "\n" };
        text.WriteLine("complete -c muninn -f");
        foreach (var word in FirstWords(verbs))
        {
            var summary = verbs.First(v => v.Name.Split(' ')[0] == word).Summary;
            text.WriteLine($"complete -c muninn -n __fish_use_subcommand -a {word} -d '{Quoted(summary)}'");
        }

        foreach (var group in GroupWords(verbs))
        {
            foreach (var word in SecondWords(verbs, group))
                text.WriteLine($"complete -c muninn -n '__fish_seen_subcommand_from {group}; and not __fish_seen_subcommand_from {string.Join(' ', SecondWords(verbs, group))}' -a {word}");
        }

        foreach (var verb in verbs)
        {
            var seen = string.Join("; and ", verb.Name.Split(' ').Select(w => "__fish_seen_subcommand_from " + w));
            foreach (var choice in verb.Positional?.Choices ?? []) text.WriteLine($"complete -c muninn -n '{seen}' -a {choice}");
            foreach (var setting in verb.Settings)
            {
                text.Write($"complete -c muninn -n '{seen}' -l {setting.Name[2..]}");
                if (setting.ShortName is { } shortName) text.Write($" -s {shortName[1..]}");
                if (setting.Choices.Count > 0) text.Write($" -x -a '{string.Join(' ', setting.Choices)}'");
                else if (setting.TakesFile) text.Write(" -r -F");
                else if (setting.ValueName is not null) text.Write(" -x");
                text.WriteLine($" -d '{Quoted(setting.Description)}'");
            }
        }

        return text.ToString();

        static string Quoted(string words) => words.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("'", "\\'", StringComparison.Ordinal);
    }

    static string PowerShell(List<Verb> verbs)
    {
        var text = new StringWriter { NewLine = "\n" };
        text.WriteLine("Register-ArgumentCompleter -Native -CommandName muninn -ScriptBlock {");
        text.WriteLine("  param($word, $ast, $cursor)");
        text.WriteLine("  $typed = @($ast.CommandElements | ForEach-Object { $_.ToString() } | Where-Object { $_ -ne $word })");
        text.WriteLine("  $words = @{");
        text.WriteLine($"    '' = {List(FirstWords(verbs).Append("--help").Append("--version"))}");
        foreach (var group in GroupWords(verbs)) text.WriteLine($"    '{group}' = {List(SecondWords(verbs, group))}");
        foreach (var verb in verbs) text.WriteLine($"    '{verb.Name}' = {List(WordsOf(verb))}");
        text.WriteLine("  }");
        text.WriteLine("  $choices = @{");
        foreach (var setting in verbs.SelectMany(v => v.Settings).Where(s => s.Choices.Count > 0).DistinctBy(s => s.Name))
            text.WriteLine($"    '{setting.Name}' = {List(setting.Choices)}");
        text.WriteLine("  }");
        text.WriteLine("  $key = ''");
        text.WriteLine("  if ($typed.Count -gt 1) { $key = $typed[1] }");
        text.WriteLine($"  if ($key -in {List(GroupWords(verbs))} -and $typed.Count -gt 2) {{ $key = $key + ' ' + $typed[2] }}");
        text.WriteLine("  $found = if ($typed.Count -gt 1 -and $choices.ContainsKey($typed[-1])) { $choices[$typed[-1]] } else { $words[$key] }");
        text.WriteLine("  $found | Where-Object { $_ -like \"$word*\" } | ForEach-Object {");
        text.WriteLine("    [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_)");
        text.WriteLine("  }");
        text.WriteLine("}");
        return text.ToString();

        static string List(IEnumerable<string> words) => "@(" + string.Join(", ", words.Select(w => $"'{w}'")) + ")";
    }

    static IEnumerable<string> FirstWords(List<Verb> verbs) =>
        verbs.Select(v => v.Name.Split(' ')[0]).Distinct(StringComparer.Ordinal);

    static IEnumerable<string> GroupWords(List<Verb> verbs) =>
        verbs.Where(v => v.Name.Contains(' ')).Select(v => v.Name.Split(' ')[0]).Distinct(StringComparer.Ordinal);

    static IEnumerable<string> SecondWords(List<Verb> verbs, string first) =>
        verbs.Where(v => v.Name.StartsWith(first + " ", StringComparison.Ordinal)).Select(v => v.Name.Split(' ')[1]);

    static IEnumerable<string> WordsOf(Verb verb) =>
        [.. verb.Positional?.Choices ?? [], .. verb.Settings.SelectMany(Names), "--help"];

    static IEnumerable<string> Names(Setting setting) =>
        setting.ShortName is null ? [setting.Name] : [setting.Name, setting.ShortName];
}
