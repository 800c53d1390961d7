using System.Net;
using System.Net.Http.Json;
using Mesh.Contracts;

namespace Mesh.Monitoring.Tests.Service;

public static class Answers
{
    /// <summary>Asserts a problem document with this code and a sentence.</summary>
    public static async Task<Problem> ShouldBeProblem(this HttpResponseMessage answer, HttpStatusCode status, string code)
    {
        answer.StatusCode.ShouldBe(status, await answer.Content.ReadAsStringAsync());
        answer.Content.Headers.ContentType!.MediaType.ShouldBe("application/problem+json");
        var problem = (await answer.Content.ReadFromJsonAsync<Problem>(MeshJson.Tolerant))!;
        problem.Code.ShouldBe(code);
        problem.Type.ShouldBe($"urn:mesh:error:{code}");
        problem.Detail.ShouldNotBeNullOrWhiteSpace();
        return problem;
    }
}
