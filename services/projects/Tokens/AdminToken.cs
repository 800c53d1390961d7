using Mesh.Hosting.Files;
using Mesh.Hosting.Identity;
using Mesh.Hosting.Store;

namespace Mesh.Projects.Tokens;

/// <summary>
/// The first administrator's token. Before there is any token, its secret is written to a file that only the owner reads, then its hash is stored;
/// a crash between the two is made good at the next start, when a file whose hash is not stored is registered. So a file that somebody who can
/// write there puts in place opens a mesh whose tokens are lost.
/// </summary>
internal sealed class AdminToken(IProjectsStore store, TokenQueries tokens, ProjectsOptions options, TimeProvider clock, ILogger<AdminToken> log) : IHostedService
{
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var path = options.AdminTokenPath;
        if (!File.Exists(path))
        {
            if (await tokens.AnyAsync(cancellationToken)) return;
            PrivateFile.Create(path, TokenSecret.New() + "\n");
        }

        var secret = (await File.ReadAllTextAsync(path, cancellationToken)).Trim();
        if (!TokenSecret.IsInForm(secret))
            throw new InvalidOperationException($"{path} (Mesh:AdminTokenPath) does not hold a token: delete it, or restore it from a backup.");

        var hash = TokenSecret.HashOf(secret);
        var id = TokenSecret.IdOf(hash);
        var written = await store.WriteAsync<AccessToken, TokenEvent>(
            Caller.Service(ProjectsService.ServiceName), Tenants.Platform, id.ToString(),
            token => TokenDecider.Decide(new TokenCommand.Bootstrap(id, ProjectsOptions.FirstAdmin, hash), token, clock.GetUtcNow()), cancellationToken);
        if (written.Rejected is { } rejected) throw new InvalidOperationException($"The administrator's token was not stored: {rejected.Detail}");
        if (written.Events.Count > 0) log.LogInformation("The administrator's token is in {Path}", path);
        else if (written.State is { RevokedAt: not null }) log.LogWarning("The token in {Path} has been revoked; delete the file", path);
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
