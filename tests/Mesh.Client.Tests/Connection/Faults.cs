using System.Net;

namespace Mesh.Client.Tests.Connection;

/// <summary>Breaks chosen requests: before they are sent, or after they were carried out and their answer is on its way.</summary>
internal sealed class Faults : DelegatingHandler
{
    private readonly Queue<Func<HttpRequestMessage, Func<Task<HttpResponseMessage>>, Task<HttpResponseMessage>>> _next = new();

    public List<(HttpMethod Method, string Path, string? Key)> Seen { get; } = [];

    /// <summary>Whether nobody listens.</summary>
    public bool Away { get; set; }

    /// <summary>What every request is answered with, reaching nobody; null when they pass.</summary>
    public HttpStatusCode? Refusing { get; set; }

    /// <summary>The next request is answered with a status, and reaches nobody.</summary>
    public Faults Answer(HttpStatusCode status)
    {
        _next.Enqueue((request, _) => Task.FromResult(new HttpResponseMessage(status) { RequestMessage = request }));
        return this;
    }

    /// <summary>The next request finds nobody listening.</summary>
    public Faults Refuse()
    {
        _next.Enqueue((_, _) => throw new HttpRequestException(HttpRequestError.ConnectionError, "Connection refused"));
        return this;
    }

    /// <summary>The next request takes longer than the HTTP client allows.</summary>
    public Faults TimeOut()
    {
        _next.Enqueue((_, _) => throw new TaskCanceledException("The request was canceled.", new TimeoutException()));
        return this;
    }

    /// <summary>The next request is carried out and its answer is lost.</summary>
    public Faults LoseAnswer()
    {
        _next.Enqueue(async (_, send) =>
        {
            (await send()).Dispose();
            throw new HttpRequestException(HttpRequestError.ResponseEnded, "The response ended prematurely.");
        });
        return this;
    }

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        lock (Seen)
        {
            Seen.Add((request.Method, request.RequestUri!.AbsolutePath, request.Headers.TryGetValues("Idempotency-Key", out var keys) ? keys.Single() : null));
            if (Away) throw new HttpRequestException(HttpRequestError.ConnectionError, "Connection refused");
            if (Refusing is { } status) return Task.FromResult(new HttpResponseMessage(status) { RequestMessage = request });
            if (_next.TryDequeue(out var fault)) return fault(request, () => base.SendAsync(request, cancellationToken));
        }

        return base.SendAsync(request, cancellationToken);
    }
}
