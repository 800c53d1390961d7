using System.CommandLine;

namespace Mesh.Cli.Lifecycle;

/// <summary><c>mesh login</c>: a one-time link that logs a browser in.</summary>
internal static class LoginCommand
{
    public static Command Create() => Verb.Of("login", "Print a one-time link that logs a browser in.", [], async context =>
    {
        var link = await context.Mesh.CreateLoginLinkAsync(context.Ct);
        var address = new Uri(context.Mesh.Options.Api, link.Path);
        if (context.Output.Json) context.Output.Object(new { link = address, link.ExpiresAt });
        else
        {
            context.Output.Raw(address.ToString());
            context.Output.Note($"Good once, until {Terminal.Output.Text(link.ExpiresAt)}.");
        }
    });
}
