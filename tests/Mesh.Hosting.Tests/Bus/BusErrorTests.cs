using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Mesh.Contracts;
using Mesh.Contracts.Bus;
using Mesh.Hosting.Tests.Notes;

namespace Mesh.Hosting.Tests.Bus;

/// <summary>What an administrator does about events that a consumer gave up.</summary>
public sealed class BusErrorTests(NotesHost notes) : IClassFixture<NotesHost>
{
    private const string Errors = "/api/v1/bus/notes/errors";
    private readonly HttpClient _admin = notes.Host.ClientForAdmin();

    [Fact]
    public async Task An_event_that_works_after_all_is_replayed_and_gone()
    {
        var subject = await GiveUpAsync("fragile");
        var error = (await ListAsync()).Single(error => error.Event.Subject == subject);
        (error.Service, error.Consumer, error.Cause, error.Event.Type).ShouldBe(("notes", "poisoned", "cannot be handled yet", "run.created"));
        (await CodeOf(await _admin.PostAsync($"{Errors}/{error.Id}/replay", null), HttpStatusCode.UnprocessableEntity)).ShouldBe("bus-error.failed-again");
        (await ListAsync()).ShouldContain(still => still.Id == error.Id);

        notes.Host.Service<NotesService.Cure>().Found = true;
        (await HandledAsync(error)).ShouldBeFalse();
        (await _admin.PostAsync($"{Errors}/{error.Id}/replay", null)).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        (await HandledAsync(error)).ShouldBeTrue();
        (await ListAsync()).ShouldNotContain(still => still.Id == error.Id);
        (await CodeOf(await _admin.PostAsync($"{Errors}/{error.Id}/replay", null), HttpStatusCode.NotFound)).ShouldBe("bus-error.unknown");
    }

    [Fact]
    public async Task Errors_are_paged_last_first_and_dropped_one_by_one()
    {
        var first = await GiveUpAsync("poison");
        var second = await GiveUpAsync("poison");
        var page = await _admin.GetFromJsonAsync<Page<BusError>>($"{Errors}?limit=1", MeshJson.Tolerant);
        page!.Items.Single().Event.Subject.ShouldBe(second);
        var all = await ListAsync();
        all.Select(error => error.At).ShouldBe(all.Select(error => error.At).OrderDescending());
        all.Select(error => error.Id).ShouldBeUnique();
        var dropped = all.Single(error => error.Event.Subject == first);
        (await _admin.DeleteAsync($"{Errors}/{dropped.Id}")).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        (await CodeOf(await _admin.DeleteAsync($"{Errors}/{dropped.Id}"), HttpStatusCode.NotFound)).ShouldBe("bus-error.unknown");
        (await ListAsync()).Select(error => error.Event.Subject).ShouldContain(second);
        (await ListAsync()).Select(error => error.Event.Subject).ShouldNotContain(first);
    }

    [Fact]
    public async Task They_are_for_administrators_and_of_services_that_are_there()
    {
        (await CodeOf(await notes.Host.ClientFor("ada", Role.Owner, "demo").GetAsync(Errors), HttpStatusCode.Forbidden)).ShouldBe("access.platform-admin");
        (await CodeOf(await _admin.GetAsync("/api/v1/bus/nobody/errors"), HttpStatusCode.NotFound)).ShouldBe("service.unknown");
        (await CodeOf(await _admin.GetAsync($"{Errors}?cursor=?"), HttpStatusCode.BadRequest)).ShouldBe("cursor.invalid");
    }

    private async Task<string> GiveUpAsync(string text)
    {
        using var answer = await notes.Host.ClientFor("ada", Role.Editor, "demo").PostAsJsonAsync("/api/v1/projects/demo/notes", new { text });
        var subject = answer.Headers.Location!.ToString().Split('/')[^1];
        // In this process the event is relayed when its consumers are done with it.
        await notes.Host.RelayedAsync("run.created", e => e.Subject == subject, TimeSpan.FromSeconds(30));
        return subject;
    }

    private async Task<List<BusError>> ListAsync()
    {
        var all = new List<BusError>();
        string? cursor = null;
        do
        {
            var page = (await _admin.GetFromJsonAsync<Page<BusError>>($"{Errors}?limit=1{(cursor is null ? "" : $"&cursor={cursor}")}", MeshJson.Tolerant))!;
            all.AddRange(page.Items);
            cursor = page.Next;
        }
        while (cursor is not null);
        return all;
    }

    // Of the two consumers, the other one has handled it long ago.
    private async Task<bool> HandledAsync(BusError error) => (await notes.Host.ClientForService("projects")
        .GetFromJsonAsync<JsonElement>($"/internal/inbox/notes/{error.Event.Id}?type={error.Event.Type}")).GetProperty("handled").GetBoolean();

    private static async Task<string?> CodeOf(HttpResponseMessage response, HttpStatusCode status)
    {
        var text = await response.Content.ReadAsStringAsync();
        response.StatusCode.ShouldBe(status, text);
        return JsonDocument.Parse(text).RootElement.GetProperty("code").GetString();
    }
}
