using System.Net;
using Mesh.Contracts;
using Mesh.Contracts.Projects;
using Mesh.Projects.Projects;
using Mesh.Testing;
using static Mesh.Projects.Tests.ProjectsHost;

namespace Mesh.Projects.Tests;

/// <summary>Deletions with others at work in the project meanwhile. The purge runs in the background too, so that each step is only waited for.</summary>
public sealed class ProjectDeletionTests(ProjectsHost host) : IClassFixture<ProjectsHost>
{
    private CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_is_written_behind_the_purge_is_purged_by_telling_the_deletion_again()
    {
        var name = await host.CreateAsync();
        var owner = host.Host.ClientFor("ada", Role.Owner, name);
        host.Keepers.Runs[name] = 1;
        await Read<ProjectInfo>(await owner.DeleteAsync($"/api/v1/projects/{name}?cascade=true", Ct), HttpStatusCode.Accepted);

        // The service has handled the first news and holds something all the same; it takes the second for what it is.
        await host.Host.Service<ProjectPurge>().RunOnceAsync(Ct);
        await Eventually.Holds(() => host.Host.Events.Count(e => e.Type == "project.deleted" && e.Subject == name).ShouldBeGreaterThan(1), ct: Ct);
        host.Keepers.Runs[name] = 0;
        await Eventually.Holds(async () => (await owner.GetAsync($"/api/v1/projects/{name}", Ct)).StatusCode.ShouldBe(HttpStatusCode.NotFound), ct: Ct);
    }

    [Fact]
    public async Task While_the_news_has_not_been_handled_the_deletion_is_told_once()
    {
        var name = await host.CreateAsync();
        var owner = host.Host.ClientFor("ada", Role.Owner, name);
        host.Keepers.IsBehind = true;
        try
        {
            host.Keepers.Runs[name] = 1;
            var deleted = await Read<ProjectInfo>(await owner.DeleteAsync($"/api/v1/projects/{name}?cascade=true", Ct), HttpStatusCode.Accepted);
            for (var i = 0; i < 3; i++) await host.Host.Service<ProjectPurge>().RunOnceAsync(Ct);
            (await Read<ProjectInfo>(await owner.GetAsync($"/api/v1/projects/{name}", Ct))).Version.ShouldBe(deleted.Version);
        }
        finally
        {
            host.Keepers.IsBehind = false;
        }
    }

    [Theory]
    [InlineData(false, ProjectStatus.Active), InlineData(true, ProjectStatus.Archived)]
    public async Task What_is_made_while_an_empty_project_is_closed_is_not_lost(bool archived, ProjectStatus before)
    {
        var name = await host.CreateAsync();
        var owner = host.Host.ClientFor("ada", Role.Owner, name);
        if (archived) await owner.PostAsync($"/api/v1/projects/{name}/archive", null, Ct);

        // A run is made behind the answers to the first question.
        var answers = 0;
        host.Keepers.Answered = project =>
        {
            if (project == name && Interlocked.Increment(ref answers) == ProjectUsages.Keepers.Count) host.Keepers.Runs[name] = 1;
        };
        try
        {
            (await Read<ProjectInfo>(await owner.DeleteAsync($"/api/v1/projects/{name}", Ct), HttpStatusCode.Accepted)).Status.ShouldBe(ProjectStatus.Deleting);
            await Eventually.Holds(async () => (await Read<ProjectInfo>(await owner.GetAsync($"/api/v1/projects/{name}", Ct))).Status.ShouldBe(before), ct: Ct);
        }
        finally
        {
            host.Keepers.Answered = null;
        }

        var history = await Read<Page<HistoryEntry>>(await owner.GetAsync($"/api/v1/projects/{name}/history", Ct));
        history.Items.Select(e => e.Type).TakeLast(2).ShouldBe(["project.deletion-asked", "project.deletion-withdrawn"]);
        history.Items[^1].Data.GetProperty("reason").GetString().ShouldNotBeNull().ShouldContain("runs");
        host.Host.Events.ShouldNotContain(e => e.Type == "project.deleted" && e.Subject == name);
    }

    [Fact]
    public async Task An_empty_project_is_deleted_without_cascade()
    {
        var name = await host.CreateAsync();
        var owner = host.Host.ClientFor("ada", Role.Owner, name);
        await Read<ProjectInfo>(await owner.DeleteAsync($"/api/v1/projects/{name}", Ct), HttpStatusCode.Accepted);
        await Eventually.Holds(async () => (await owner.GetAsync($"/api/v1/projects/{name}", Ct)).StatusCode.ShouldBe(HttpStatusCode.NotFound), ct: Ct);
        await host.Host.RelayedAsync("project.deleted", e => e.Subject == name && !e.DataAs<ProjectDeleted>().Cascade);
    }

    [Fact]
    public async Task A_project_that_cannot_be_finished_does_not_keep_the_others()
    {
        string[] names = [.. ((string[])[await host.CreateAsync(), await host.CreateAsync()]).Order(StringComparer.Ordinal)];
        var (stuck, free) = (names[0], names[1]);
        host.Keepers.Garbled = stuck;
        try
        {
            foreach (var name in names)
                await Read<ProjectInfo>(await host.Host.ClientFor("ada", Role.Owner, name).DeleteAsync($"/api/v1/projects/{name}?cascade=true", Ct), HttpStatusCode.Accepted);
            await Eventually.Holds(
                async () => (await host.Host.ClientFor("ada", Role.Owner, free).GetAsync($"/api/v1/projects/{free}", Ct)).StatusCode.ShouldBe(HttpStatusCode.NotFound), ct: Ct);
            await host.Host.Service<ProjectPurge>().RunOnceAsync(Ct);
            host.Host.Logs.Lines.Count(line => line.Category == typeof(ProjectPurge).FullName && line.Message.Contains(stuck, StringComparison.Ordinal)).ShouldBe(1);
        }
        finally
        {
            host.Keepers.Garbled = null;
        }
    }
}
