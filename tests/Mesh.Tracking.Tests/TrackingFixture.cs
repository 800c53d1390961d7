using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Mesh.Contracts;
using Mesh.Contracts.Events;
using Mesh.Contracts.Tracking;
using Mesh.Testing;

[assembly: AssemblyFixture(typeof(Mesh.Tracking.Tests.TrackingFixture))]

namespace Mesh.Tracking.Tests;

/// <summary>One tracking service on real PostgreSQL for all tests; each test works in a project of its own.</summary>
public sealed class TrackingFixture : IAsyncLifetime
{
    /// <summary>Small, so that tests reach it.</summary>
    public const int LogLimit = 200_000;

    private ServiceHost? _host;
    private string? _server;

    public ServiceHost Host => _host ?? throw new InvalidOperationException("Not started.");

    public async ValueTask InitializeAsync()
    {
        _server = await PostgresFixture.ServerConnectionStringAsync();
        _host = await ServiceHost.StartAsync(
            _server, [new TrackingService()], settings: new Dictionary<string, string?> { ["Tracking:LogLimitBytes"] = $"{LogLimit}" });
    }

    public async ValueTask DisposeAsync()
    {
        if (_host is null) return;
        await _host.DisposeAsync();
        await ServiceHost.DropAsync(_server!, _host.Options.Database!);
    }

    /// <summary>A project that no other test knows, and an editor of it.</summary>
    public ProjectUser NewProject()
    {
        var project = $"p-{Guid.CreateVersion7():N}";
        return new ProjectUser(Host, project, Host.ClientFor("ada", Role.Editor, project));
    }
}

/// <summary>Somebody with a role in a project, and the calls that tests make most.</summary>
public sealed class ProjectUser(ServiceHost host, string project, HttpClient http)
{
    public ServiceHost Host => host;

    public string Project => project;

    public HttpClient Http => http;

    public string Base => $"/api/v1/projects/{project}";

    public ProjectUser As(string user, Role role) => new(host, project, host.ClientFor(user, role, project));

    public async Task<RunInfo> CreateAsync(CreateRun? run = null) => await ReadAsync<RunInfo>(await PostAsync("/runs", run ?? new CreateRun("fit")), HttpStatusCode.Created);

    public async Task<RunInfo> StartedAsync(int attempt = 1, string? worker = "w1")
    {
        var run = await CreateAsync();
        return await ReadAsync<RunInfo>(await PostAsync($"/runs/{run.Id}/start", new StartRun(attempt, worker)));
    }

    public async Task<RunInfo> GetAsync(Guid run) => await GetAsync<RunInfo>($"/runs/{run}");

    public async Task<T> GetAsync<T>(string path) => await ReadAsync<T>(await http.GetAsync(Base + path));

    public Task<HttpResponseMessage> PostAsync<T>(string path, T body, params (string Name, string Value)[] headers) =>
        SendAsync(HttpMethod.Post, path, JsonContent.Create(body, options: MeshJson.Strict), headers);

    public Task<HttpResponseMessage> PostTextAsync(string path, string text, params (string Name, string Value)[] headers) =>
        SendAsync(HttpMethod.Post, path, new StringContent(text), headers);

    public async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, HttpContent? content, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, Base + path) { Content = content };
        // A server that refuses a large body closes while it comes: ask first, so that its answer is read.
        request.Headers.ExpectContinue = content?.Headers.ContentLength > 1 << 18;
        foreach (var (name, value) in headers) request.Headers.TryAddWithoutValidation(name, value);
        return await http.SendAsync(request);
    }

    public async Task LogAsync(Guid run, params MetricPoint[] points)
    {
        using var answer = await PostAsync($"/runs/{run}/metrics", new LogMetrics(points));
        answer.StatusCode.ShouldBe(HttpStatusCode.NoContent, await answer.Content.ReadAsStringAsync());
    }

    public Task<Problem> LogRefusedAsync(Guid run, int status, string code) =>
        PostAsync($"/runs/{run}/metrics", new LogMetrics([new MetricPoint("x", 1)])).ShouldBeProblemAsync(status, code);

    /// <summary>What another service tells of this project.</summary>
    public MeshEvent Event(string service, IIntegrationEvent fact) => new()
    {
        Id = Guid.CreateVersion7(),
        Source = $"/mesh/{service}",
        Type = EventTypes.NameOf(fact.GetType()),
        Subject = fact.Subject,
        Time = DateTimeOffset.UtcNow,
        Project = project,
        StreamVersion = 1,
        Data = JsonSerializer.SerializeToElement(fact, fact.GetType(), MeshJson.Tolerant),
    };

    /// <summary>What tracking published about a run, in that order.</summary>
    public IReadOnlyList<MeshEvent> Published(Guid run) => [.. host.Events.Where(e => e.Source == "/mesh/tracking" && e.Project == project && e.Subject == run.ToString())];

    public static async Task<T> ReadAsync<T>(HttpResponseMessage response, HttpStatusCode expected = HttpStatusCode.OK)
    {
        var text = await response.Content.ReadAsStringAsync();
        response.StatusCode.ShouldBe(expected, text);
        return JsonSerializer.Deserialize<T>(text, MeshJson.Strict)!;
    }
}

internal static class ProblemAssertions
{
    /// <summary>The answer is a problem document with this status and code.</summary>
    public static async Task<Problem> ShouldBeProblemAsync(this Task<HttpResponseMessage> answer, int status, string code)
    {
        using var response = await answer;
        var text = await response.Content.ReadAsStringAsync();
        ((int)response.StatusCode).ShouldBe(status, text);
        response.Content.Headers.ContentType?.MediaType.ShouldBe("application/problem+json");
        var problem = JsonSerializer.Deserialize<Problem>(text, MeshJson.Strict)!;
        problem.Code.ShouldBe(code, text);
        problem.Detail.ShouldNotBeNullOrWhiteSpace();
        return problem;
    }
}
