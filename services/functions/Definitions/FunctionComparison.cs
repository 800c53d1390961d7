using System.Text;
using System.Text.Json;
using Mesh.Contracts;
using Mesh.Contracts.Functions;
using Mesh.Functions.Code;

namespace Mesh.Functions.Definitions;

/// <summary>Says how two versions of a function differ.</summary>
internal sealed class FunctionComparison(JobMesh mesh)
{
    /// <summary>Files of both versions by path, those of their bundles among them, and everything else field by field.</summary>
    public async Task<FunctionDiff> CompareAsync(
        string project, string name, (FunctionVersion Version, FunctionContent Content) from, (FunctionVersion Version, FunctionContent Content) to, CancellationToken ct)
    {
        var isSameBundle = from.Content.Bundle?.Digest == to.Content.Bundle?.Digest;
        var left = await FilesAsync(project, from.Content, !isSameBundle, ct);
        var right = await FilesAsync(project, to.Content, !isSameBundle, ct);
        return new FunctionDiff(name, from.Version.Number, to.Version.Number, Files(left, right), Fields(Json(from.Content), Json(to.Content)));
    }

    private static List<FileDiff> Files(SortedDictionary<string, Content> left, SortedDictionary<string, Content> right)
    {
        var files = new List<FileDiff>();
        foreach (var path in left.Keys.Union(right.Keys, StringComparer.Ordinal).Order(StringComparer.Ordinal))
        {
            var (before, after) = (left.GetValueOrDefault(path), right.GetValueOrDefault(path));
            if (before is not null && after is not null && before.Mark == after.Mark) continue;
            var lines = before?.Text is null && before is not null || after?.Text is null && after is not null ? null : LineDiff.Of(before?.Text ?? "", after?.Text ?? "");
            files.Add(new FileDiff(path, Change(before, after), before?.Size, after?.Size, lines));
        }

        return files;
    }

    /// <summary>What two objects say differently, a line for each value: <c>params.lr</c>, <c>command</c>, <c>git.commit</c>.</summary>
    internal static List<FieldDiff> Fields(JsonElement from, JsonElement to) => Fields(Flat(from), Flat(to));

    private static List<FieldDiff> Fields(SortedDictionary<string, string> left, SortedDictionary<string, string> right) =>
        [.. left.Keys.Union(right.Keys, StringComparer.Ordinal).Order(StringComparer.Ordinal)
            .Select(field => (Field: field, From: left.GetValueOrDefault(field), To: right.GetValueOrDefault(field)))
            .Where(field => field.From != field.To)
            .Select(field => new FieldDiff(field.Field, Change(field.From, field.To), field.From, field.To))];

    private static DiffChange Change(object? before, object? after) => before is null ? DiffChange.Added : after is null ? DiffChange.Removed : DiffChange.Changed;

    private async Task<SortedDictionary<string, Content>> FilesAsync(string project, FunctionContent content, bool withBundle, CancellationToken ct)
    {
        var files = new SortedDictionary<string, Content>(StringComparer.Ordinal);
        if (withBundle && content.Bundle is { } bundle)
        {
            using var client = mesh.OpenForRequest(project);
            await foreach (var file in client.Project().Artifacts.FilesAsync(bundle.Key, $"{bundle.Version}", ct: ct)) files[file.Path] = new Content(file.Digest, file.Size, null);
        }

        // A file of the function lies over one of the bundle.
        foreach (var file in content.Files) files[file.Path] = new Content(file.Content, Encoding.UTF8.GetByteCount(file.Content), file.Content);
        return files;
    }

    /// <summary>Everything but the files.</summary>
    private static JsonElement Json(FunctionContent content) => JsonSerializer.SerializeToElement(content with { Id = "", Files = [], Bundle = null }, MeshJson.Strict);

    private static SortedDictionary<string, string> Flat(JsonElement json)
    {
        var fields = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var member in json.EnumerateObject().Where(member => member.Name is not ("id" or "files"))) Add(fields, member.Name, member.Value);
        return fields;
    }

    private static void Add(SortedDictionary<string, string> fields, string name, JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.Object)
        {
            foreach (var member in value.EnumerateObject()) Add(fields, $"{name}.{member.Name}", member.Value);
        }
        else if (value.ValueKind == JsonValueKind.Array && value.EnumerateArray().All(item => item.ValueKind == JsonValueKind.Object))
        {
            foreach (var item in value.EnumerateArray()) fields[$"{name}.{item.GetProperty("name").GetString()}"] = Encoding.UTF8.GetString(CanonicalJson.Write(item));
        }
        else if (value.ValueKind == JsonValueKind.Array) fields[name] = string.Join(' ', value.EnumerateArray().Select(item => item.ToString()));
        else fields[name] = value.ToString();
    }

    /// <param name="Mark">Tells contents apart.</param>
    /// <param name="Text">Null where it lies in a bundle.</param>
    private sealed record Content(string Mark, long Size, string? Text);
}
