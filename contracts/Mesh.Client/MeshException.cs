using System.Net;
using Mesh.Contracts;

namespace Mesh.Client;

/// <summary>The mesh refused a request, or could not be reached. <see cref="Exception.Message"/> is the problem's sentence.</summary>
public sealed class MeshException : Exception
{
    /// <summary>A refusal with its problem document.</summary>
    public MeshException(Problem problem, Exception? inner = null) : base(Sentence(problem), inner) => Problem = problem;

    /// <summary>What the mesh answered. When no service answered, <see cref="Contracts.Problem.Status"/> is 0 and the code <c>connection.failed</c>.</summary>
    public Problem Problem { get; }

    /// <summary>Stable code for programs, such as <c>run.closed</c>.</summary>
    public string Code => Problem.Code;

    /// <summary>HTTP status; 0 when there was no answer.</summary>
    public HttpStatusCode Status => (HttpStatusCode)Problem.Status;

    /// <summary>Whether the mesh or a part of it was away or asked to wait: the same may go well later.</summary>
    internal bool IsOutage => Problem.Status is 0 or 429 or 502 or 503 or 504;

    private static string Sentence(Problem problem)
    {
        var text = problem.Detail ?? problem.Title;
        return problem.Errors is { Count: > 0 } errors ? $"{text} {string.Join(' ', errors.Select(e => $"{e.Field} {e.Message}"))}" : text;
    }
}
