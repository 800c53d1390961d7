using System.CommandLine;
using Mesh.Cli.Terminal;

namespace Mesh.Cli.Lifecycle;

/// <summary><c>mesh token</c>: prints the token that this command uses, for scripts.</summary>
internal static class TokenCommand
{
    public static Command Create() => Verb.Of("token", "Print the access token that scripts need: curl -H \"Authorization: Bearer $(mesh token)\" …", [], context =>
    {
        if (context.Mesh.Options.Token is not { } token)
        {
            context.Output.Error(CommandProblem.Failed("There is no token. Start the mesh once with `mesh up`, or set MESH_TOKEN."));
            return Task.FromResult(ExitCode.Failed);
        }

        if (context.Output.Json) context.Output.Object(new { token });
        else context.Output.Raw(token);
        return Task.FromResult(ExitCode.Success);
    });
}
