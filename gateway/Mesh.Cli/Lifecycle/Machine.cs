using System.Text.RegularExpressions;

namespace Mesh.Cli.Lifecycle;

/// <summary>One thing that the mesh needs, or could use.</summary>
/// <param name="What">What it is.</param>
/// <param name="Ok">Whether it is there.</param>
/// <param name="Needed">Whether the mesh cannot start without it.</param>
/// <param name="Found">What is there instead.</param>
/// <param name="Remedy">How to get it.</param>
internal sealed record Finding(string What, bool Ok, bool Needed, string Found, string? Remedy);

/// <summary>The programs of a machine: what each says of its version, null where it is missing.</summary>
/// <param name="Sdks">What <c>dotnet --list-sdks</c> says, a version at the beginning of each line.</param>
/// <param name="Postgres">Version of a PostgreSQL that can run the mesh's data.</param>
/// <param name="Node">What <c>node --version</c> says.</param>
/// <param name="Npm">What <c>npm --version</c> says.</param>
/// <param name="Python">What <c>python3 --version</c> says.</param>
/// <param name="RabbitMq">What <c>rabbitmqctl version</c> says.</param>
internal sealed partial record Machine(string? Sdks, string? Postgres, string? Node, string? Npm, string? Python, string? RabbitMq)
{
    private const int Sdk = 10;
    private const int NodeMajor = 20;

    /// <summary>What is there and what is missing. PostgreSQL is found on the machine or brought by npm: either will do.</summary>
    public IReadOnlyList<Finding> Judge()
    {
        var sdk = (Sdks ?? "").Split('\n').MaxBy(Major);
        var npm = Major(Node) >= NodeMajor && Npm is not null;
        return
        [
            new($".NET SDK {Sdk} or newer", Major(sdk) >= Sdk, true, Shown(sdk), "Install the .NET 10 SDK (Debian, Ubuntu: apt-get install dotnet-sdk-10.0, from Microsoft's feed)."),
            new("PostgreSQL 14 or newer", Postgres is not null, !npm, Shown(Postgres), npm
                ? "npm brings it at the first start."
                : "Install it (Debian, Ubuntu: apt-get install postgresql), or Node.js 20 or newer, whose npm brings it."),
            new($"Node.js {NodeMajor} or newer, with npm", npm, Postgres is null, Node is not null && Npm is null ? $"{Shown(Node)} without npm" : Shown(Node), Postgres is null
                ? "Install Node.js 20 or newer with npm, which brings PostgreSQL; or install PostgreSQL."
                : "Without it there is no portal; all else works."),
            new("Python 3", Major(Python) >= 3, false, Shown(Python), "Needed only for jobs in Python (Debian, Ubuntu: apt-get install python3)."),
            new("RabbitMQ", RabbitMq is not null, false, Shown(RabbitMq),
                "Needed only for `mesh up --separate`, here or elsewhere: its address is given by --rabbitmq (Debian, Ubuntu: apt-get install rabbitmq-server)."),
        ];
    }

    private static int Major(string? said) => Number().Match(said ?? "") is { Success: true } version ? int.Parse(version.Groups[1].ValueSpan) : 0;

    private static string Shown(string? said) => Number().Match(said ?? "") is { Success: true } version ? version.Value.TrimStart('v') : "not found";

    // "10.0.401 [/usr/share/dotnet/sdk]", "v22.1.0", "Python 3.11.2"
    [GeneratedRegex(@"v?(\d+)\.\d+(\.\d+)*")]
    private static partial Regex Number();
}
