using System.Net.Http.Json;
using Mesh.Contracts;
using Mesh.Contracts.Projects;

namespace Mesh.Functions.Tests.Code.Git;

/// <summary>The services beside a git server of https.</summary>
public sealed class GitHost : CodeHost, IAsyncLifetime
{
    private readonly DirectoryInfo _served = Directory.CreateTempSubdirectory("mesh-git-");
    private HttpsGitServer _server = null!;

    internal HttpsGitServer Server => _server;

    /// <summary>Below it lies what the server has.</summary>
    public string Served => _served.FullName;

    async ValueTask IAsyncLifetime.InitializeAsync()
    {
        SkipUnless("git", "--version");
        _server = await HttpsGitServer.StartAsync(Served);
        var authority = Path.Combine(Served, "authority.pem");
        await File.WriteAllTextAsync(authority, _server.Authority);
        Settings = [.. Settings, ("Functions:GitHosts:0", "localhost"), ("Functions:GitCaFile", authority)];
        await base.InitializeAsync();
    }

    async ValueTask IAsyncDisposable.DisposeAsync()
    {
        await base.DisposeAsync();
        await _server.DisposeAsync();
        _served.Delete(recursive: true);
    }

    public async Task SecretAsync(string name, string value) =>
        (await Host.ClientForAdmin().PutAsJsonAsync($"/api/v1/projects/{Project}/secrets/{name}", new SetSecret(value), MeshJson.Strict)).EnsureSuccessStatusCode();
}
