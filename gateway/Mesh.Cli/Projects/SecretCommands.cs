using System.CommandLine;

namespace Mesh.Cli.Projects;

/// <summary><c>mesh secrets …</c></summary>
internal static class SecretCommands
{
    private static readonly Argument<string> Secret = Options.Name("name", "Name of the secret; jobs get it as an environment variable of this name.");

    public static Command Create() => Verb.Noun(
        "secrets", "Secrets of a project: encrypted, listed by name only, given to jobs that name them.",
        Verb.Of("list", "List the names.", [], context => context.Output.TableAsync(
            context.Mesh.Projects.SecretsAsync(context.ProjectName, context.Ct), "There is no secret.", ["name", "changed", "by"], s => [s.Name, s.UpdatedAt, s.UpdatedBy], ct: context.Ct)),
        Verb.Of("set", "Set a secret; the value is read from standard input, so that it is in no history.", [Secret], async context =>
        {
            if (!Console.IsInputRedirected) context.Output.Note("Type the value, then Ctrl+D.");
            var value = (await Console.In.ReadToEndAsync(context.Ct)).TrimEnd('\r', '\n');
            if (value.Length == 0) throw new UsageException("The value is empty: printf %s \"$VALUE\" | mesh secrets set NAME");
            await context.Mesh.Projects.SetSecretAsync(context.ProjectName, context.Get(Secret), value, context.Ct);
            context.Output.Done(new { project = context.ProjectName, name = context.Get(Secret), set = true }, $"{context.Get(Secret)} is set.");
        }),
        Verb.Of("delete", "Delete a secret.", [Secret], async context =>
        {
            await context.Mesh.Projects.RemoveSecretAsync(context.ProjectName, context.Get(Secret), context.Ct);
            context.Output.Done(new { project = context.ProjectName, name = context.Get(Secret), deleted = true }, $"{context.Get(Secret)} is deleted.");
        }));
}
