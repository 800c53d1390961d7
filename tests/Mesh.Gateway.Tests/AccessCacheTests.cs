using Mesh.Contracts;
using Mesh.Contracts.Projects;
using Mesh.Gateway.Access;
using Mesh.Gateway.Front;
using Mesh.Hosting.Identity;

namespace Mesh.Gateway.Tests;

/// <summary>The gateway's memory: short, shared by who asks at once, and never older than the last change.</summary>
public sealed class AccessCacheTests
{
    private static readonly Credential Ada = new(CredentialKind.Bearer, "Bearer ada");
    private readonly Clock _clock = new();
    private readonly Source _source;
    private readonly AccessCache _cache;

    public AccessCacheTests()
    {
        _source = new Source(_clock);
        _cache = new AccessCache(_source, _clock);
    }

    [Fact]
    public async Task What_was_found_is_remembered_for_five_seconds()
    {
        await _cache.LoadAsync(Ada, "demo");
        _cache.TryGet(Ada.Text, "demo", out var entry).ShouldBeTrue();
        entry.Caller!.Name.ShouldBe("ada");
        _cache.TryGet(Ada.Text, "other", out _).ShouldBeFalse();
        _cache.TryGet("Bearer eve", "demo", out _).ShouldBeFalse();
        _clock.Now += AccessCache.Life;
        _cache.TryGet(Ada.Text, "demo", out _).ShouldBeFalse();
    }

    [Fact]
    public async Task Who_asks_at_the_same_time_shares_the_answer()
    {
        _source.Hold();
        var asking = Enumerable.Range(0, 10).Select(_ => _cache.LoadAsync(Ada, "demo")).ToList();
        _source.Release();
        await Task.WhenAll(asking);
        _source.Asked.ShouldBe(1);
    }

    [Fact]
    public async Task An_answer_from_before_a_change_is_given_to_nobody_after_it()
    {
        _source.Hold();
        var before = _cache.LoadAsync(Ada, "demo");
        _cache.ForgetProject("demo");
        var after = _cache.LoadAsync(Ada, "demo");
        _source.Asked.ShouldBe(2);
        _source.Release();
        await Task.WhenAll(before, after);
        _cache.TryGet(Ada.Text, "demo", out var entry).ShouldBeTrue();
        entry.ShouldBeSameAs(await after);
    }

    [Fact]
    public async Task A_change_is_forgotten_where_it_happened_and_nowhere_else()
    {
        await _cache.LoadAsync(Ada, "demo");
        await _cache.LoadAsync(Ada, "other");
        _cache.ForgetProject("demo");
        _cache.TryGet(Ada.Text, "demo", out _).ShouldBeFalse();
        _cache.TryGet(Ada.Text, "other", out _).ShouldBeTrue();
        _cache.ForgetToken(Source.Token);
        _cache.TryGet(Ada.Text, "other", out _).ShouldBeFalse();
    }

    [Fact]
    public async Task A_failure_is_told_to_all_who_asked_and_not_remembered()
    {
        _source.Hold();
        var asking = Enumerable.Range(0, 3).Select(_ => _cache.LoadAsync(Ada, "demo")).ToList();
        _source.Fail();
        foreach (var task in asking) await Should.ThrowAsync<IOException>(task);
        _source.Hold();
        var again = _cache.LoadAsync(Ada, "demo");
        _source.Release();
        (await again).Caller!.Name.ShouldBe("ada");
    }

    [Theory]
    [InlineData("/api/v1/projects", "projects")]
    [InlineData("/api/v1/projects/demo", "projects")]
    [InlineData("/api/v1/projects/demo/", "projects")]
    [InlineData("/api/v1/projects/demo/members/ada", "projects")]
    [InlineData("/API/v1/Projects/demo/RUNS/1/metrics", "tracking")]
    [InlineData("/api/v1/projects/demo/v2/models/m/infer", "serving")]
    [InlineData("/api/v1/events", "monitoring")]
    [InlineData("/api/v1/hub/describe", "functions")]
    [InlineData("/api/v1/bus/tracking/errors", "tracking")]
    [InlineData("/api/v1/bus/nobody/errors", null)]
    [InlineData("/api/v1/bus", null)]
    [InlineData("/api/v1/projects/demo/nonsense", null)]
    [InlineData("/api/v2/projects", null)]
    [InlineData("/", null)]
    public void Every_path_has_its_service(string path, string? service) => Mesh.Gateway.Proxy.ServiceRoutes.ServiceOf(path).ShouldBe(service);

    private sealed class Clock : TimeProvider
    {
        internal DateTimeOffset Now { get; set; } = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

        public override DateTimeOffset GetUtcNow() => Now;
    }

    private sealed class Source(Clock clock) : IAccessSource
    {
        internal static readonly Guid Token = Guid.CreateVersion7();
        private TaskCompletionSource? _gate;

        internal int Asked { get; private set; }

        public async Task<AccessEntry> FindAsync(Credential credential, string project)
        {
            Asked++;
            if (_gate is { } gate) await gate.Task;
            return new AccessEntry(new Caller("ada", CallerKind.User, Role.Editor, project, TokenId: Token), "signed", ProjectStatus.Active, (clock.Now + AccessCache.Life).UtcTicks);
        }

        internal void Hold() => _gate = new TaskCompletionSource();

        internal void Release() => _gate!.SetResult();

        internal void Fail() => _gate!.SetException(new IOException("gone"));
    }
}
