using System.CommandLine;
using System.Globalization;

namespace Mesh.Cli.Lifecycle;

/// <summary><c>mesh completion SHELL</c>: a script that completes commands and options, for the shell's start file.</summary>
internal static class CompletionCommand
{
    private static readonly Argument<string> Shell = new("shell") { Description = "bash, zsh or fish." };

    // The parser itself answers the directive [suggest:position]; shells take from its answer what begins as the word at the cursor does.
    private const string Directive = "[suggest:";

    private const string Bash = """
        _mesh() {
          local IFS=$'\n'
          COMPREPLY=($(compgen -W "$("${COMP_WORDS[0]}" "[suggest:${COMP_POINT}]" "${COMP_LINE}" 2>/dev/null)" -- "${COMP_WORDS[COMP_CWORD]}"))
        }
        complete -o default -F _mesh mesh ./mesh
        """;

    private const string Zsh = """
        _mesh() {
          local -a found
          found=("${(@f)$("${words[1]}" "[suggest:${#BUFFER}]" "$BUFFER" 2>/dev/null)}")
          compadd -a found
        }
        compdef _mesh mesh ./mesh
        """;

    private const string Fish = """
        complete -c mesh -f -a '(set -l line (commandline -cp); mesh "[suggest:"(string length -- "$line")"]" "$line" 2>/dev/null)'
        """;

    /// <summary>
    /// The arguments of a completion without the word that the cursor is at the end of. A word that is a command already would be taken for that command, though
    /// longer ones may be meant: <c>run</c> and <c>runs</c>. Other arguments stay as they are.
    /// </summary>
    public static string[] BeforeTheWord(string[] args)
    {
        if (args is not [var directive, var line] || !directive.StartsWith(Directive, StringComparison.Ordinal)
            || !int.TryParse(directive.AsSpan(Directive.Length).TrimEnd(']'), NumberStyles.None, CultureInfo.InvariantCulture, out var cursor)) return args;
        var start = line.LastIndexOf(' ', Math.Max(Math.Min(cursor, line.Length) - 1, 0)) + 1;
        return start == 0 ? args : [string.Create(CultureInfo.InvariantCulture, $"{Directive}{start}]"), line[..start]];
    }

    public static Command Create()
    {
        Shell.AcceptOnlyFromAmong("bash", "zsh", "fish");
        return Verb.Of("completion", "Print a completion script: source <(mesh completion bash)", [Shell], context =>
        {
            var script = context.Get(Shell) switch { "zsh" => Zsh, "fish" => Fish, _ => Bash };
            if (context.Output.Json) context.Output.Object(new { shell = context.Get(Shell), script });
            else context.Output.Raw(script);
            return Task.CompletedTask;
        });
    }
}
