using System.CommandLine;

namespace Mesh.Cli.Functions;

/// <summary><c>mesh profiles</c>, and the options that choose one.</summary>
internal static class ProfileCommands
{
    /// <summary>Where something runs.</summary>
    public static Option<string?> Profile { get; } = new("--profile") { Description = "Where it runs; see `mesh profiles`.", HelpName = "name" };

    /// <summary>What it runs in.</summary>
    public static Option<string?> Image { get; } = new("--image") { Description = "On a cluster: the image that its program runs in.", HelpName = "image" };

    public static Command Create() => Verb.Of("profiles", "List the places where jobs run.", [], context => context.Output.TableAsync(
        context.Mesh.Profiles.ListAsync(context.Ct), "There is no profile.", ["profile", "executor", "default", "#at once", "image", "what it is"],
        p => [p.Name, p.Executor, p.IsDefault ? "yes" : null, p.Concurrency, p.Image, p.Description], ct: context.Ct));
}
