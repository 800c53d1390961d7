using System.Text.Json;
using Mesh.Contracts;
using Mesh.Projects.Logins;
using Mesh.Projects.Projects;
using Mesh.Projects.Tokens;

namespace Mesh.Projects.Tests;

/// <summary>Stored events are data: their names and shapes stay readable for ever.</summary>
public sealed class StoredEventsTests
{
    private static readonly JsonSerializerOptions Stored = new(MeshJson.Tolerant);

    /// <summary>Every name with the oldest JSON that was ever stored under it. Lines are added, never changed.</summary>
    private static readonly (string Name, Type Type, string Json)[] Golden =
    [
        ("project.created", typeof(ProjectEvent.Created), """{"name":"demo","description":"d","labels":{"a":"b"},"by":"ada","at":"2026-01-01T00:00:00+00:00","pastVersion":0}"""),
        ("project.described", typeof(ProjectEvent.Described), """{"description":"d","at":"2026-01-01T00:00:00+00:00"}"""),
        ("project.archived", typeof(ProjectEvent.Archived), """{"at":"2026-01-01T00:00:00+00:00"}"""),
        ("project.restored", typeof(ProjectEvent.Restored), """{"at":"2026-01-01T00:00:00+00:00"}"""),
        ("project.deletion-asked", typeof(ProjectEvent.DeletionAsked), """{"by":"ada","at":"2026-01-01T00:00:00+00:00"}"""),
        ("project.deletion-withdrawn", typeof(ProjectEvent.DeletionWithdrawn), """{"reason":"runs: 1","at":"2026-01-01T00:00:00+00:00"}"""),
        ("project.deletion-requested", typeof(ProjectEvent.DeletionRequested), """{"cascade":true,"by":"ada","at":"2026-01-01T00:00:00+00:00"}"""),
        ("project.purged", typeof(ProjectEvent.Purged), """{"at":"2026-01-01T00:00:00+00:00"}"""),
        ("project.member-set", typeof(ProjectEvent.MemberSet), """{"user":"bob","role":"editor","at":"2026-01-01T00:00:00+00:00"}"""),
        ("project.member-removed", typeof(ProjectEvent.MemberRemoved), """{"user":"bob","at":"2026-01-01T00:00:00+00:00"}"""),
        ("project.secret-set", typeof(ProjectEvent.SecretSet), """{"name":"KEY","by":"ada","at":"2026-01-01T00:00:00+00:00"}"""),
        ("project.secret-deleted", typeof(ProjectEvent.SecretDeleted), """{"name":"KEY","at":"2026-01-01T00:00:00+00:00"}"""),
        ("token.created", typeof(TokenEvent.Created), """{"tokenId":"0198c5b2-0000-7000-8000-000000000001","name":"t","user":"ada","role":"owner","hash":"00","purpose":"api","by":"ada","at":"2026-01-01T00:00:00+00:00","expiresAt":"2026-01-02T00:00:00+00:00"}"""),
        ("token.revoked", typeof(TokenEvent.Revoked), """{"user":"ada","by":"ada","at":"2026-01-01T00:00:00+00:00"}"""),
        ("login.offered", typeof(LoginEvent.Offered), """{"id":"00","user":"ada","tokenId":"0198c5b2-0000-7000-8000-000000000001","at":"2026-01-01T00:00:00+00:00","expiresAt":"2026-01-01T00:05:00+00:00"}"""),
        ("login.used", typeof(LoginEvent.Used), """{"at":"2026-01-01T00:00:00+00:00"}"""),
    ];

    [Fact]
    public void Every_event_has_the_name_it_was_born_with() =>
        ProjectsService.EventNames.ToDictionary(e => e.Value, e => e.Key).ShouldBe(Golden.ToDictionary(g => g.Name, g => g.Type), ignoreOrder: true);

    [Fact]
    public void Every_event_type_is_registered()
    {
        var all = new[] { typeof(ProjectEvent), typeof(TokenEvent), typeof(LoginEvent) }.SelectMany(family => family.GetNestedTypes().Where(family.IsAssignableFrom));
        ProjectsService.EventNames.Keys.ShouldBe(all, ignoreOrder: true);
    }

    [Fact]
    public void What_was_stored_is_read_and_written_alike()
    {
        foreach (var (name, type, json) in Golden)
        {
            var read = JsonSerializer.Deserialize(json, type, Stored);
            JsonElement.DeepEquals(JsonSerializer.SerializeToElement(read, type, Stored), JsonDocument.Parse(json).RootElement).ShouldBeTrue(name);
        }
    }
}
