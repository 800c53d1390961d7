using System.Net;
using System.Net.Http.Json;
using System.Text;
using Mesh.Contracts;
using Mesh.Contracts.Monitoring;
using Mesh.Hosting.Store;
using Mesh.Monitoring.Webhooks;

namespace Mesh.Monitoring.Tests.Service;

[Collection(MonitoringCollection.Name)]
public sealed class WebhookRouteTests(MonitoringFixture fixture)
{
    private static readonly DefineWebhook Hook = new("https://example.com/hook", ["run.*", "drift.*"], "tumours", "for CI", Paused: true);

    [Fact]
    public async Task A_webhook_is_defined_shown_changed_listed_and_removed()
    {
        var project = fixture.NewProject();
        var defined = await DefineAsync(project, "ci", Hook);
        defined.Secret.ShouldNotBeNull().ShouldStartWith("whsec_");
        var shown = await GetAsync(project, "ci");
        (shown.Name, shown.Url, shown.Subject, shown.Description, shown.Paused, shown.PauseCause, shown.CreatedBy, shown.Pending, shown.Failed)
            .ShouldBe(("ci", Hook.Url, "tumours", "for CI", true, null, "ada", 0, 0));
        shown.Types.ShouldBe(["run.*", "drift.*"]);
        shown.PausedAt.ShouldNotBeNull();

        var changed = await DefineAsync(project, "ci", new("https://example.com/other", Paused: true));
        changed.Secret.ShouldBeNull();
        changed.Webhook.Types.ShouldBeEmpty();
        (await ListAsync(project)).ShouldHaveSingleItem().Url.ShouldBe("https://example.com/other");

        using var removed = await Admin(project).DeleteAsync($"/api/v1/projects/{project}/webhooks/ci");
        removed.StatusCode.ShouldBe(HttpStatusCode.NoContent);
        (await ListAsync(project)).ShouldBeEmpty();
        (await DefineAsync(project, "ci", Hook)).Secret.ShouldNotBeNull().ShouldNotBe(defined.Secret);
    }

    [Fact]
    public async Task The_secret_rests_encrypted_and_is_shown_once()
    {
        var project = fixture.NewProject();
        var secret = (await DefineAsync(project, "ci", Hook)).Secret!;
        using var rotated = await Admin(project).PostAsync($"/api/v1/projects/{project}/webhooks/ci/rotate", null);
        var next = (await rotated.Content.ReadFromJsonAsync<RotatedSecret>(MeshJson.Strict))!;
        next.Secret.ShouldStartWith("whsec_");
        next.Secret.ShouldNotBe(secret);
        next.PreviousUntil.ShouldBe(DateTimeOffset.UtcNow.AddHours(24), TimeSpan.FromMinutes(1));
        foreach (var address in (string[])["webhooks", "webhooks/ci", "webhooks/ci/deliveries"])
            (await Admin(project).GetStringAsync($"/api/v1/projects/{project}/{address}")).ShouldNotContain("whsec_");

        await using var source = fixture.Host.Service<ServiceDatabase<IMonitoringStore>>().DataSource.CreateCommand(
            "select encode(secret, 'escape') || coalesce(encode(previous, 'escape'), '') || coalesce((select string_agg(data::text, '') from mt_events where tenant_id = $1), '') from webhook_cursor where project = $1");
        source.Parameters.Add(new() { Value = project });
        var stored = (string)(await source.ExecuteScalarAsync())!;
        foreach (var shown in (string[])[secret, next.Secret]) stored.ShouldNotContain(shown["whsec_".Length..]);
        fixture.Host.Logs.Lines.Where(line => line.Message.Contains("whsec_", StringComparison.Ordinal)).ShouldBeEmpty();
        next.ToString().ShouldNotContain(next.Secret);
    }

    [Fact]
    public async Task Webhooks_are_paged_by_name()
    {
        var project = fixture.NewProject();
        foreach (var name in (string[])["b", "a", "c"]) await DefineAsync(project, name, Hook);
        var first = (await Admin(project).GetFromJsonAsync<Page<WebhookInfo>>($"/api/v1/projects/{project}/webhooks?limit=2", MeshJson.Strict))!;
        var second = (await Admin(project).GetFromJsonAsync<Page<WebhookInfo>>($"/api/v1/projects/{project}/webhooks?limit=2&cursor={first.Next}", MeshJson.Strict))!;
        first.Items.Concat(second.Items).Select(webhook => webhook.Name).ShouldBe(["a", "b", "c"]);
    }

    [Theory]
    [InlineData("""{"url":"ftp://example.com"}""", "body.invalid")]
    [InlineData("""{"url":"example.com"}""", "body.invalid")]
    [InlineData("""{"url":"https://ada:secret@example.com/"}""", "body.invalid")]
    [InlineData("""{"url":"https://example.com/#x"}""", "body.invalid")]
    [InlineData("""{"url":"https://example.com/","types":[]}""", "body.invalid")]
    [InlineData("""{"url":"https://example.com/","types":["no.such-event"]}""", "body.invalid")]
    [InlineData("""{"url":"https://example.com/","types":["run .*"]}""", "body.invalid")]
    [InlineData("""{"url":"https://example.com/","subject":""}""", "body.invalid")]
    [InlineData("""{"url":"https://example.com/","secret":"mine"}""", "body.malformed")]
    [InlineData("""{"types":["run.*"]}""", "body.malformed")]
    public async Task A_webhook_out_of_form_is_refused_and_not_there(string body, string code)
    {
        var project = fixture.NewProject();
        using var answer = await Admin(project).PutAsync($"/api/v1/projects/{project}/webhooks/ci", new StringContent(body, Encoding.UTF8, "application/json"));
        await answer.ShouldBeProblem(HttpStatusCode.BadRequest, code);
        using var missing = await Admin(project).GetAsync($"/api/v1/projects/{project}/webhooks/ci");
        await missing.ShouldBeProblem(HttpStatusCode.NotFound, "webhook.unknown");
    }

    [Theory]
    [InlineData("http://example.com/hook")]
    [InlineData("https://10.0.0.1/hook")]
    [InlineData("http://169.254.169.254/latest/meta-data")]
    public async Task Private_receivers_are_refused(string url)
    {
        var project = fixture.NewProject();
        using var answer = await Admin(project).PutAsJsonAsync($"/api/v1/projects/{project}/webhooks/ci", new DefineWebhook(url), MeshJson.Strict);
        await answer.ShouldBeProblem(HttpStatusCode.UnprocessableEntity, "webhook.address-refused");
    }

    [Fact]
    public async Task What_is_not_there_or_not_allowed_is_refused()
    {
        var project = fixture.NewProject();
        var (viewer, editor, admin, path) = (fixture.Client(project, Role.Viewer), fixture.Client(project), Admin(project), $"/api/v1/projects/{project}/webhooks");
        using var named = await admin.PutAsJsonAsync($"{path}/Not%20A%20Name", Hook, MeshJson.Strict);
        await named.ShouldBeProblem(HttpStatusCode.BadRequest, "webhook.invalid");
        foreach (var (method, address) in ((HttpMethod, string)[])[
            (HttpMethod.Get, "ci"), (HttpMethod.Delete, "ci"), (HttpMethod.Get, "ci/deliveries"), (HttpMethod.Post, "ci/rotate"), (HttpMethod.Post, "ci/test")])
        {
            using var missing = await admin.SendAsync(new(method, $"{path}/{address}"));
            await missing.ShouldBeProblem(HttpStatusCode.NotFound, "webhook.unknown");
        }

        using var unknown = await admin.PostAsync($"{path}/ci/deliveries/7/redeliver", null);
        await unknown.ShouldBeProblem(HttpStatusCode.NotFound, "delivery.unknown");
        await DefineAsync(project, "ci", Hook);
        using var ahead = await admin.PostAsJsonAsync($"{path}/ci/replay", new ReplayWebhook(long.MaxValue), MeshJson.Strict);
        await ahead.ShouldBeProblem(HttpStatusCode.UnprocessableEntity, "webhook.after-unknown");
        using var state = await admin.GetAsync($"{path}/ci/deliveries?state=lost");
        await state.ShouldBeProblem(HttpStatusCode.BadRequest, "state.invalid");
        using var filter = await admin.GetAsync($"{path}/ci/deliveries?status=failed");
        await filter.ShouldBeProblem(HttpStatusCode.BadRequest, "filter.invalid");

        (await viewer.GetAsync($"{path}/ci")).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await viewer.GetAsync($"{path}/ci/deliveries")).StatusCode.ShouldBe(HttpStatusCode.OK);
        foreach (var (method, address) in ((HttpMethod, string)[])[
            (HttpMethod.Put, "ci"), (HttpMethod.Delete, "ci"), (HttpMethod.Post, "ci/rotate"), (HttpMethod.Post, "ci/test"), (HttpMethod.Post, "ci/replay"), (HttpMethod.Post, "ci/deliveries/7/redeliver")])
        {
            using var refused = await editor.SendAsync(new(method, $"{path}/{address}"));
            await refused.ShouldBeProblem(HttpStatusCode.Forbidden, "access.role");
        }
    }

    [Fact]
    public async Task A_project_has_at_most_twenty()
    {
        var project = fixture.NewProject();
        for (var i = 0; i < WebhookDecider.MostWebhooks; i++) await DefineAsync(project, $"hook-{i}", Hook);
        using var answer = await Admin(project).PutAsJsonAsync($"/api/v1/projects/{project}/webhooks/more", Hook, MeshJson.Strict);
        await answer.ShouldBeProblem(HttpStatusCode.Conflict, "webhook.too-many");
        await DefineAsync(project, "hook-0", Hook with { Description = "changed" });
    }

    private HttpClient Admin(string project) => fixture.Client(project, Role.Admin);

    private async Task<DefinedWebhook> DefineAsync(string project, string webhook, DefineWebhook body)
    {
        using var answer = await Admin(project).PutAsJsonAsync($"/api/v1/projects/{project}/webhooks/{webhook}", body, MeshJson.Strict);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK, await answer.Content.ReadAsStringAsync());
        return (await answer.Content.ReadFromJsonAsync<DefinedWebhook>(MeshJson.Strict))!;
    }

    private async Task<WebhookInfo> GetAsync(string project, string webhook) =>
        (await fixture.Client(project, Role.Viewer).GetFromJsonAsync<WebhookInfo>($"/api/v1/projects/{project}/webhooks/{webhook}", MeshJson.Strict))!;

    private async Task<IReadOnlyList<WebhookInfo>> ListAsync(string project) =>
        (await fixture.Client(project, Role.Viewer).GetFromJsonAsync<Page<WebhookInfo>>($"/api/v1/projects/{project}/webhooks", MeshJson.Strict))!.Items;
}
