using System.Net;
using System.Text.Json;
using Mesh.Contracts;
using Mesh.Hosting.Tests.Notes;

namespace Mesh.Hosting.Tests.Http;

/// <summary>What callers are told of requests that cannot be read: in our words, with the field.</summary>
public sealed class MalformedRequestTests(NotesHost notes) : IClassFixture<NotesHost>
{
    private const string Notes = "/api/v1/projects/demo/notes";

    [Theory]
    [InlineData("GET", "/typed/seven", "number", "'number' must be a whole number within its range, not 'seven'.")]
    [InlineData("GET", "/typed/99999999999", "number", "'number' must be a whole number within its range, not '99999999999'.")]
    [InlineData("GET", "/typed/7?weight=heavy", "weight", "'weight' must be a number, not 'heavy'.")]
    [InlineData("GET", "/typed/7?since=yesterday", "since", "'since' must be a time such as 2026-01-31T12:00:00Z, not 'yesterday'.")]
    [InlineData("GET", "/typed/7?parent=nobody", "parent", "'parent' must be an id such as 0193a1c0-0000-7000-8000-000000000000, not 'nobody'.")]
    [InlineData("GET", "/typed/7?open=perhaps", "open", "'open' must be true or false, not 'perhaps'.")]
    [InlineData("GET", "/typed/7?least=owner-ish", "least", "'least' must be one of the values that are known here, not 'owner-ish'.")]
    [InlineData("GET", "/needed", "title", "'title' is missing; it is read from the query.")]
    [InlineData("POST", "", "body", "The body is missing: JSON is expected here.")]
    public async Task What_cannot_be_read_is_named(string method, string path, string field, string sentence)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), Notes + path);
        if (method == "POST") request.Content = new StringContent("", null, "application/json");
        using var answer = await notes.Host.ClientFor("ada", Role.Editor, "demo").SendAsync(request);
        answer.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        var problem = JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement;
        problem.GetProperty("code").GetString().ShouldBe("request.malformed");
        problem.GetProperty("detail").GetString().ShouldBe(sentence);
        problem.GetProperty("errors")[0].GetProperty("field").GetString().ShouldBe(field);
    }
}
