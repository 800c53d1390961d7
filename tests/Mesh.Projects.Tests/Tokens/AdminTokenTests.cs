using System.Net;
using System.Net.Http.Json;
using Mesh.Contracts;
using Mesh.Contracts.Projects;
using Mesh.Projects.Tokens;
using Mesh.Testing;

namespace Mesh.Projects.Tests.Tokens;

/// <summary>The first token through crashes, races and lost files.</summary>
public sealed class AdminTokenTests : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("mesh-admin-").FullName;
    private readonly string _database = $"test_admin_{Guid.CreateVersion7():N}";
    private string _postgres = "";

    private string Path => System.IO.Path.Combine(_folder, "data", "admin.token");

    public async ValueTask InitializeAsync() => _postgres = await PostgresFixture.ServerConnectionStringAsync();

    public async ValueTask DisposeAsync()
    {
        await ServiceHost.DropAsync(_postgres, _database);
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task It_outlives_restarts_and_is_registered_when_only_the_file_was_written()
    {
        // As after a crash between file and database.
        var secret = TokenSecret.New();
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(Path)!);
        await File.WriteAllTextAsync(Path, secret, TestContext.Current.CancellationToken);
        await using (var first = await StartAsync()) (await IsAdminAsync(first, secret)).ShouldBeTrue();
        await using (var second = await StartAsync()) (await IsAdminAsync(second, secret)).ShouldBeTrue();
        (await File.ReadAllTextAsync(Path, TestContext.Current.CancellationToken)).ShouldBe(secret);

        // A lost file is not made anew while there are tokens: that would be a way in.
        File.Delete(Path);
        await using (await StartAsync()) File.Exists(Path).ShouldBeFalse();

        // Whoever may write there may open the door again.
        var another = TokenSecret.New();
        await File.WriteAllTextAsync(Path, another + "\n", TestContext.Current.CancellationToken);
        await using var last = await StartAsync();
        (await IsAdminAsync(last, another)).ShouldBeTrue();
        (await IsAdminAsync(last, secret)).ShouldBeTrue();
    }

    [Fact]
    public async Task Several_first_starts_at_once_make_one_token()
    {
        // Between replicas the database's schema is settled first; what is raced here is the token.
        await using (await StartAsync()) File.Delete(Path);
        await using var host = await StartAsync();
        var tokens = new AdminToken[8];
        for (var i = 0; i < tokens.Length; i++)
            tokens[i] = new AdminToken(
                host.Service<IProjectsStore>(), host.Service<TokenQueries>(), host.Service<ProjectsOptions>(), TimeProvider.System,
                Microsoft.Extensions.Logging.Abstractions.NullLogger<AdminToken>.Instance);
        await using (var command = host.Service<Mesh.Hosting.Store.ServiceDatabase<IProjectsStore>>().DataSource.CreateCommand("delete from mt_doc_token"))
            await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        await Task.WhenAll(tokens.Select(token => token.StartAsync(TestContext.Current.CancellationToken)));
        var secret = (await File.ReadAllTextAsync(Path, TestContext.Current.CancellationToken)).Trim();
        (await IsAdminAsync(host, secret)).ShouldBeTrue();
        Directory.GetFiles(System.IO.Path.GetDirectoryName(Path)!).ShouldHaveSingleItem();
        (await host.Service<TokenQueries>().ListAsync("admin", null, 10, TestContext.Current.CancellationToken)).Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_file_that_holds_no_token_stops_the_start_with_its_name()
    {
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(Path)!);
        await File.WriteAllTextAsync(Path, "", TestContext.Current.CancellationToken);
        (await Should.ThrowAsync<InvalidOperationException>(StartAsync)).Message.ShouldContain(Path);
    }

    private Task<ServiceHost> StartAsync() => ServiceHost.StartAsync(_postgres, [new ProjectsService()], _database, _folder);

    private static async Task<bool> IsAdminAsync(ServiceHost host, string secret)
    {
        var answer = await host.ClientForService("gateway").PostAsJsonAsync("/internal/access", new AccessQuery(TokenSecret.HashOf(secret)), MeshJson.Strict);
        return answer.StatusCode == HttpStatusCode.OK && (await ProjectsHost.Read<AccessGrant>(answer)).PlatformAdmin;
    }
}
