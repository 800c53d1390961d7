using Mesh.Cli.Terminal;
using Mesh.Contracts.Functions;

namespace Mesh.Cli.Functions;

/// <summary>Differences as a terminal shows them.</summary>
internal static class DiffText
{
    public static void Show(Output output, IReadOnlyList<FileDiff> files, IReadOnlyList<FieldDiff> fields, string same)
    {
        if (files.Count + fields.Count == 0) output.Raw(same);
        foreach (var field in fields)
        {
            output.Raw($"{Mark(field.Change)} {Plain(field.Field)}");
            if (field.From is not null) output.Raw(Plain($"  - {field.From}"));
            if (field.To is not null) output.Raw(Plain($"  + {field.To}"));
        }

        foreach (var file in files)
        {
            output.Raw($"{Mark(file.Change)} {Plain(file.Path)} ({Size(file.FromSize)} to {Size(file.ToSize)})");
            foreach (var line in file.Lines ?? []) output.Raw(Plain($"  {line}"));
        }
    }

    // What a terminal would obey is not printed.
    public static string Plain(string text) => string.Concat(text.Select(c => char.IsControl(c) && c is not '\t' ? '\ufffd' : c));

    private static string Mark(DiffChange change) => change switch
    {
        DiffChange.Added => "added",
        DiffChange.Removed => "removed",
        DiffChange.Changed => "changed",
        _ => throw new ArgumentOutOfRangeException(nameof(change)),
    };

    private static string Size(long? bytes) => bytes is { } size ? Figures.Size(size) : "nothing";
}
