using System.Globalization;
using System.Text.Json;
using Mesh.Contracts;
using Spectre.Console;

namespace Mesh.Cli.Terminal;

/// <summary>What a command prints: tables and sentences for people, or JSON for scripts. Errors and progress go to standard error.</summary>
internal sealed class Output(bool json)
{
    private static readonly JsonSerializerOptions Indented = new(MeshJson.Tolerant) { WriteIndented = true };
    private readonly IAnsiConsole _error = To(Console.Error, Console.IsErrorRedirected);
    private readonly IAnsiConsole _out = To(Console.Out, Console.IsOutputRedirected);

    /// <summary>Where results for people go.</summary>
    public IAnsiConsole Results => _out;

    /// <summary>Whether the caller asked for JSON.</summary>
    public bool Json { get; } = json;

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
        var all = new List<T>();
        await foreach (var item in items.WithCancellation(ct))
        {
            all.Add(item);
            if (all.Count == limit) break;
        }

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

    /// <summary>Says that something is done; silent with <c>--json</c>, where the result speaks.</summary>
    public void Done(string sentence)
    {
        if (!Json) _out.MarkupLine($"[green]✓[/] {Markup.Escape(sentence)}");
    }

    /// <summary>A remark for people, on standard error.</summary>
    public void Note(string sentence) => _error.MarkupLine($"[grey]{Markup.Escape(sentence)}[/]");

    /// <summary>An error, on standard error; with <c>--json</c> the problem document itself.</summary>
    public void Error(string sentence, Problem? problem = null)
    {
        if (Json && problem is not null)
        {
            Console.Error.WriteLine(JsonSerializer.Serialize(problem, Indented));
            return;
        }

        _error.MarkupLine($"[red]error:[/] {Markup.Escape(sentence)}");
        foreach (var fault in problem?.Errors ?? []) _error.MarkupLine($"  [yellow]{Markup.Escape(fault.Field)}[/] {Markup.Escape(fault.Message)}");
    }

    /// <summary>Shows that work goes on until it is done: a spinner on a terminal, one line elsewhere, nothing with <c>--json</c>.</summary>
    public async Task<T> WorkingAsync<T>(string doing, Func<Action<string>, Task<T>> work)
    {
        if (Json) return await work(_ => { });
        if (!_error.Profile.Capabilities.Interactive || Console.IsErrorRedirected)
        {
            _error.WriteLine($"{doing}…");
            return await work(_ => { });
        }

        return await _error.Status().Spinner(Spinner.Known.Dots).StartAsync($"{Markup.Escape(doing)}…", context =>
            work(state => context.Status($"{Markup.Escape(doing)}… [grey]{Markup.Escape(state)}[/]")));
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
