using Mesh.Contracts.Functions;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;
using YamlDotNet.RepresentationModel;

namespace Mesh.Functions.Hubs;

/// <summary>The text of a manifest as a tree whose nodes know their places: YAML, of which JSON is a part.</summary>
internal static class ManifestText
{
    private const int MostDepth = 20;

    /// <summary>The tree, or the first fault.</summary>
    public static (YamlNode? Root, HubFault? Fault) Parse(string text, string path)
    {
        try
        {
            if (Refuse(text, path) is { } fault) return (null, fault);
            var stream = new YamlStream();
            stream.Load(new StringReader(text));
            return stream.Documents is [{ RootNode: { } root }] ? (root, null) : (null, new HubFault(path, "must be one document.", 1, 1));
        }
        catch (YamlException e)
        {
            return (null, new HubFault(path, $"is no YAML: {e.InnerException?.Message ?? e.Message}", (int)e.Start.Line, (int)e.Start.Column));
        }
    }

    // Before the tree is built: an alias may stand for a tree that is larger than any memory, and what is nested too deeply for the stack.
    private static HubFault? Refuse(string text, string path)
    {
        var parser = new Parser(new StringReader(text));
        var depth = 0;
        while (parser.MoveNext())
        {
            var at = parser.Current!;
            if (at is AnchorAlias) return new HubFault(path, "must not use aliases.", (int)at.Start.Line, (int)at.Start.Column);
            depth += at.NestingIncrease;
            // The stream and the document are two levels of their own.
            if (depth > MostDepth + 2) return new HubFault(path, $"must not be nested more than {MostDepth} levels deep.", (int)at.Start.Line, (int)at.Start.Column);
        }

        return null;
    }
}
