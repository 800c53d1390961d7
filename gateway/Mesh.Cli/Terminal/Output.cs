using System.Globalization;
using System.Text.Json;
using Mesh.Contracts;
using Spectre.Console;

namespace Mesh.Cli.Terminal;

/// <summary>What a command prints: tables and sentences for people, or JSON for scripts. Errors and progress go to standard error.</summary>
internal sealed class Output(bool json)
{
    private static readonly TimeSpan Noticeable = TimeSpan.FromSeconds(1);
    private static readonly JsonSerializerOptions Indented = new(MeshJson.Tolerant) { WriteIndented = true };
    private readonly IAnsiConsole _error = To(Console.Error, Console.IsErrorRedirected);
    private readonly IAnsiConsole _out = To(Console.Out, Console.IsOutputRedirected);

    /// <summary>Where results for people go.</summary>
    public IAnsiConsole Results => _out;

    /// <summary>Whether the caller asked for JSON.</summary>
    public bool Json { get; } = json;

    /// <summary>Whether results go to a screen that can be drawn anew.</summary>
    public bool IsScreen => !Json && !Console.IsOutputRedirected && _out.Profile.Capabilities is { Interactive: true, Ansi: true };

    /// <summary>Prints one object: as JSON, or as lines of names and values.</summary>
    public void Object<T>(T value, params IReadOnlyList<(string Name, object? Value)> lines)
    {
        if (Json)
        {
            Console.Out.WriteLine(JsonSerializer.Serialize(value, Indented));
            return;
        }

        var grid = new Grid().AddColumn(new GridColumn().NoWrap().PadRight(3)).AddColumn();
        foreach (var (name, item) in lines)
            if (Text(item) is { Length: > 0 } text) grid.AddRow(new Markup($"[grey]{Markup.Escape(name)}[/]"), new Text(text));
        _out.Write(grid);
    }

    /// <summary>Prints a list: as a JSON array, or as a table. Columns beginning with '#' are aligned right.</summary>
    public async Task TableAsync<T>(IAsyncEnumerable<T> items, string empty, string[] columns, Func<T, object?[]> row, int? limit = null, CancellationToken ct = default)
    {
        var all = await NoticedAsync("Reading", say => ReadAsync(items, limit, say, ct));
        if (Json)
        {
            Console.Out.WriteLine(JsonSerializer.Serialize(all, Indented));
            return;
        }

        if (all.Count == 0)
        {
            Note(empty);
            return;
        }

        var table = new Table().Border(TableBorder.Simple);
        foreach (var column in columns)
        {
            var header = new TableColumn(new Markup($"[grey]{Markup.Escape(column.TrimStart('#'))}[/]"));
            table.AddColumn(column.StartsWith('#') ? header.RightAligned() : header);
        }

        foreach (var item in all) table.AddRow([.. row(item).Select(cell => new Text(Text(cell)))]);
        _out.Write(table);
    }

    /// <summary>Prints text that is the result itself, such as a token or a log.</summary>
    public void Raw(string text, bool newLine = true)
    {
        var writer = _out.Profile.Out.Writer;
        if (newLine) writer.WriteLine(text);
        else writer.Write(text);
    }

    /// <summary>Prints a piece of a stream as it comes: with <c>--json</c> one object per line.</summary>
    public void Piece<T>(T value, string text, bool newLine = true)
    {
        if (Json) Raw(JsonSerializer.Serialize(value, MeshJson.Tolerant));
        else Raw(text, newLine);
    }

    /// <summary>Says what was done: in a sentence, or with <c>--json</c> by its result.</summary>
    public void Done<T>(T result, string sentence)
    {
        if (Json) Object(result);
        else _out.MarkupLine($"[green]✓[/] {Markup.Escape(sentence)}");
    }

    /// <summary>A remark for people, on standard error; silent with <c>--json</c>.</summary>
    public void Note(string sentence)
    {
        if (!Json) _error.MarkupLine($"[grey]{Markup.Escape(sentence)}[/]");
    }

    /// <summary>An error, on standard error: as a sentence with the fields at fault, or with <c>--json</c> as a problem document.</summary>
    public void Error(Problem problem)
    {
        if (Json)
        {
            Console.Error.WriteLine(JsonSerializer.Serialize(problem, Indented));
            return;
        }

        _error.MarkupLine($"[red]error:[/] {Markup.Escape(problem.Detail ?? problem.Title)}");
        foreach (var fault in problem.Errors ?? []) _error.MarkupLine($"  [yellow]{Markup.Escape(fault.Field)}[/] {Markup.Escape(fault.Message)}");
    }

    /// <summary>
    /// Shows that work goes on until it is done: on a terminal how far it is, once it lasts longer than a second; one line elsewhere; nothing with
    /// <c>--json</c>.
    /// </summary>
    public Task<T> WorkingAsync<T>(string doing, Func<Action<string>, Task<T>> work)
    {
        if (!Json && !HasTerminal) _error.WriteLine($"{doing}…");
        return NoticedAsync(doing, work);
    }

    private bool HasTerminal => _error.Profile.Capabilities.Interactive && !Console.IsErrorRedirected;

    private async Task<T> NoticedAsync<T>(string doing, Func<Action<string>, Task<T>> work)
    {
        if (Json || !HasTerminal) return await work(_ => { });
        var state = "";
        StatusContext? shown = null;
        string Title() => $"{Markup.Escape(doing)}… [grey]{Markup.Escape(state)}[/]";
        var working = work(now =>
        {
            state = now;
            shown?.Status(Title());
        });
        if (await Task.WhenAny(working, Task.Delay(Noticeable)) == working) return await working;
        return await _error.Status().Spinner(Spinner.Known.Dots).StartAsync(Title(), context =>
        {
            shown = context;
            return working;
        });
    }

    private static async Task<List<T>> ReadAsync<T>(IAsyncEnumerable<T> items, int? limit, Action<string> say, CancellationToken ct)
    {
        var all = new List<T>();
        await foreach (var item in items.WithCancellation(ct))
        {
            all.Add(item);
            say(Text(all.Count));
            if (all.Count == limit) break;
        }

        return all;
    }

    // A file or a pipe has no width: lines are not broken for it.
    private static IAnsiConsole To(TextWriter writer, bool redirected)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(writer) });
        if (redirected) console.Profile.Width = 10_000;
        return console;
    }

    /// <summary>A value as a person reads it.</summary>
    public static string Text(object? value) => value switch
    {
        null => "",
        string text => text,
        DateTimeOffset time => time.ToLocalTime().ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture),
        TimeSpan span => Figures.Duration(span),
        double number => Figures.Number(number),
        bool yes => yes ? "yes" : "no",
        Enum word => JsonNamingPolicy.CamelCase.ConvertName(word.ToString()),
        IReadOnlyDictionary<string, string> map => string.Join(", ", map.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Key}={pair.Value}")),
        IEnumerable<string> words => string.Join(", ", words),
        IFormattable other => other.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString() ?? "",
    };
}
