using System.Net;
using System.Net.Http.Json;
using Mesh.Contracts;
using Mesh.Contracts.Projects;
using Mesh.Hosting.Store;
using static Mesh.Projects.Tests.ProjectsHost;

namespace Mesh.Projects.Tests;

public sealed class SecretsApiTests(ProjectsHost host) : IClassFixture<ProjectsHost>
{
    [Fact]
    public async Task A_secret_is_listed_by_name_and_revealed_to_jobs_alone()
    {
        var name = await host.CreateAsync();
        var owner = host.Host.ClientFor("ada", Role.Owner, name);
        using var set = await owner.PutAsJsonAsync($"/api/v1/projects/{name}/secrets/API_KEY", new SetSecret("s3cret-value"), MeshJson.Strict);
        (await Read<SecretInfo>(set)).UpdatedBy.ShouldBe("ada");
        var listed = await (await owner.GetAsync($"/api/v1/projects/{name}/secrets")).Content.ReadAsStringAsync();
        listed.ShouldContain("API_KEY");
        listed.ShouldNotContain("s3cret-value");
        (await (await owner.GetAsync($"/api/v1/projects/{name}/history")).Content.ReadAsStringAsync()).ShouldNotContain("s3cret-value");

        var reveal = new RevealSecrets(["API_KEY"]);
        var revealed = await host.Host.ClientForService("functions").PostAsJsonAsync($"/internal/projects/{name}/secrets/reveal", reveal, MeshJson.Strict);
        (await Read<RevealedSecrets>(revealed)).Values["API_KEY"].ShouldBe("s3cret-value");
        (await CodeOf(await host.Host.ClientForService("tracking").PostAsJsonAsync($"/internal/projects/{name}/secrets/reveal", reveal, MeshJson.Strict), HttpStatusCode.Forbidden)).ShouldBe("secret.for-jobs");
        (await CodeOf(await owner.PostAsJsonAsync($"/internal/projects/{name}/secrets/reveal", reveal, MeshJson.Strict), HttpStatusCode.Forbidden)).ShouldBe("access.services-only");

        (await owner.DeleteAsync($"/api/v1/projects/{name}/secrets/API_KEY")).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        (await CodeOf(await host.Host.ClientForService("functions").PostAsJsonAsync($"/internal/projects/{name}/secrets/reveal", reveal, MeshJson.Strict), HttpStatusCode.UnprocessableEntity))
            .ShouldBe("secret.unknown");
    }

    [Fact]
    public async Task No_value_rests_in_the_clear()
    {
        var name = await host.CreateAsync();
        await host.Host.ClientFor("ada", Role.Owner, name).PutAsJsonAsync($"/api/v1/projects/{name}/secrets/KEY", new SetSecret("plain-as-day"), MeshJson.Strict);
        await using var command = host.Host.Service<ServiceDatabase<IProjectsStore>>().DataSource.CreateCommand(
            """
            select count(*) from (select data::text as t from mt_doc_secret union all select data::text from mt_doc_project union all select data::text from mt_events) all_text
            where t like '%plain-as-day%' or t like '%' || encode('plain-as-day', 'base64') || '%'
            """);
        (await command.ExecuteScalarAsync(TestContext.Current.CancellationToken)).ShouldBe(0L);
    }

    [Theory]
    [InlineData(Role.Viewer, HttpStatusCode.Forbidden)]
    [InlineData(Role.Editor, HttpStatusCode.Forbidden)]
    [InlineData(Role.Admin, HttpStatusCode.OK)]
    public async Task Admins_set_secrets(Role role, HttpStatusCode status)
    {
        var name = await host.CreateAsync();
        using var answer = await host.Host.ClientFor("bob", role, name).PutAsJsonAsync($"/api/v1/projects/{name}/secrets/KEY", new SetSecret("v"), MeshJson.Strict);
        answer.StatusCode.ShouldBe(status);
    }

    [Theory]
    [InlineData("1st")]
    [InlineData("with%20space")]
    [InlineData("a%2Fb")]
    public async Task A_name_out_of_form_is_refused(string secret)
    {
        var name = await host.CreateAsync();
        using var answer = await host.Host.ClientFor("ada", Role.Owner, name).PutAsJsonAsync($"/api/v1/projects/{name}/secrets/{secret}", new SetSecret("v"), MeshJson.Strict);
        (await CodeOf(answer, HttpStatusCode.BadRequest)).ShouldBe("secret.name-invalid");
    }
}
