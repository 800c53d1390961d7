using System.Net;
using System.Text;
using Mesh.Contracts;
using Mesh.Contracts.Artifacts;
using Mesh.Testing;

namespace Mesh.Artifacts.Tests.Http;

/// <summary>Whatever comes into a route that does not belong there is the caller's fault: refused, without effect, and no error in the log.</summary>
public sealed class CallersFaultTests(ArtifactsHost host)
{
    private const string Register =
        """
        {"artifact":"model","artifactVersion":1,"framework":"pytorch","runId":"0195b2a0-0000-7000-8000-0000000000aa",
         "signature":{"inputs":[{"name":"x","type":"fp32","shape":[2]}],"outputs":[{"name":"y","type":"fp64"}]},
         "statistics":{"rows":3,"columns":[{"name":"x","count":3,"missing":0,"mean":1.5,"deviation":0.1,"min":1,"max":2,"edges":[1.5],"counts":[1,2]},
                                           {"name":"y","count":3,"missing":0,"categories":{"a":3}}]},
         "metrics":{"auc":0.9},"tags":{"team":"red"},"description":"first"}
        """;

    /// <summary>Every route with a JSON body: a body in form, the limit of its size, and bodies that are out of range.</summary>
    public static TheoryData<string, string, string, int, string[]> Routes => new()
    {
        {
            "POST", "/artifacts",
            """
            {"key":"a","digest":"DIGEST","kind":"plot","contentType":"text/plain","fileName":"a.txt","runId":"0195b2a0-0000-7000-8000-0000000000aa",
             "labels":{"team":"red"},"metadata":{"deep":{"text":"x"},"list":["x"]}}
            """,
            16 << 20,
            [
                """{"key":"a","digest":"DIGEST","kind":"plot,document"}""", """{"key":"a","digest":"DIGEST","kind":"3"}""", """{"key":"../a","digest":"DIGEST"}""",
                """{"key":"a","digest":"00"}""", """{"key":"a","digest":"DIGEST","contentType":"a,b"}""", """{"key":"a","digest":"DIGEST","fileName":"a/b"}""",
                """{"key":"a","digest":"DIGEST","labels":{"a":null}}""",
            ]
        },
        {
            "POST", "/models/churn/versions", Register, 16 << 20,
            [
                Register.Replace("\"fp32\"", "\"fp32,fp64\"", StringComparison.Ordinal), Register.Replace("\"pytorch\"", "\"Not A Label\"", StringComparison.Ordinal),
                Register.Replace("\"artifactVersion\":1", "\"artifactVersion\":0", StringComparison.Ordinal), Register.Replace("[2]", "[0]", StringComparison.Ordinal),
                Register.Replace("\"rows\":3", "\"rows\":-3", StringComparison.Ordinal), Register.Replace("[1,2]", "[1,2,3]", StringComparison.Ordinal),
                Register.Replace("1.5,\"dev", "-1e999,\"dev", StringComparison.Ordinal), Register.Replace("\"artifact\":\"model\"", "\"artifact\":\"none\"", StringComparison.Ordinal),
            ]
        },
        {
            "POST", "/blobs/uploads", """{"digest":"DIGEST","size":1000000,"partSize":262144}""", 1 << 20,
            ["""{"digest":"DIGEST"}""", """{"digest":"DIGEST","size":-1}""", """{"digest":"DIGEST","size":1e99}""", """{"digest":"DIGEST","size":10,"partSize":0}""", "{}", "null"]
        },
        { "PUT", "/models/churn/aliases/blue", """{"version":1,"expected":0}""", 1 << 20, ["""{"version":0}""", """{"version":2}""", """{"version":1,"expected":7}""", "{}", "null"] },
        { "POST", "/models/churn/promote", """{"version":1,"alias":"blue","reason":"r","expected":0}""", 1 << 20, ["""{"version":0}""", """{"version":1,"alias":"a,b"}""", "{}"] },
    };

    [Theory, MemberData(nameof(Routes))]
    public async Task A_body_that_does_not_belong_is_refused(string method, string route, string good, int limit, string[] outOfRange)
    {
        var project = host.NewProject();
        await project.Register("churn");
        var digest = await project.PutBlob(Encoding.UTF8.GetBytes("content"));
        var version = (await project.Get<ModelInfo>("/models/churn")).StreamVersion;
        good = good.Replace("DIGEST", digest, StringComparison.Ordinal);
        foreach (var body in BadBodies.Of(good, free: ["metadata"]).Concat(outOfRange.Select(body => body.Replace("DIGEST", digest, StringComparison.Ordinal))))
        {
            await project.Ada.ShouldBeRefusedAsync(new HttpMethod(method), project.Root + route, body);
            await project.Ada.ShouldBeRefusedAsync(new HttpMethod(method), project.Root + route, body, "key-1");
        }

        await project.Ada.ShouldBeRefusedAsync(new HttpMethod(method), project.Root + route, new string(' ', limit) + good, status: 413);
        await project.Ada.ShouldBeRefusedAsync(new HttpMethod(method), $"/api/v1/projects/no-such-project{route}", good, status: 404);
        (await project.Get<Page<ArtifactInfo>>("/artifacts")).Items.ShouldHaveSingleItem().Versions.ShouldBe(1);
        (await project.Get<ModelInfo>("/models/churn")).StreamVersion.ShouldBe(version);
        host.Host.Logs.ErrorsAbout(project.Name).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("/artifacts", "limit=0", "limit=1e999", "cursor=%00", "cursor=AAAA", "kind=plot,document", "kind=3", "kind=", "runId=x", "label=a", "label==", "colour=red")]
    [InlineData("/artifacts/model", "colour=red")]
    [InlineData("/artifacts/model/versions", "limit=0", "cursor=AAAA", "cursor=eyJ2ZXJzaW9uIjoxZTk5OX0", "colour=red")]
    [InlineData("/artifacts/model/versions/1", "colour=red")]
    [InlineData("/artifacts/model/history", "limit=0", "cursor=AAAA", "colour=red")]
    [InlineData("/artifacts/model/content", "version=x", "version=1e999", "colour=red")]
    [InlineData("/models", "limit=0", "cursor=%00", "cursor=AAAA", "kind=plot", "colour=red")]
    [InlineData("/models/churn", "colour=red")]
    [InlineData("/models/churn/versions", "limit=0", "cursor=AAAA", "colour=red")]
    [InlineData("/models/churn/versions/1", "colour=red")]
    [InlineData("/models/churn/versions/1/content", "version=1")]
    [InlineData("/models/churn/history", "limit=0", "cursor=AAAA", "colour=red")]
    public async Task A_query_that_does_not_belong_is_refused(string route, params string[] queries)
    {
        var project = host.NewProject();
        await project.Register("churn");
        foreach (var query in queries)
        {
            using var answer = await project.Get($"{route}?{query}");
            await answer.ShouldBeCallersFaultAsync($"{route}?{query}", 400);
        }

        host.Host.Logs.ErrorsAbout(project.Name).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("PUT", "/artifacts/a/content?kind=plot,document"), InlineData("PUT", "/artifacts/a/content?runId=x"), InlineData("PUT", "/artifacts/a/content?label=a"),
     InlineData("PUT", "/artifacts/..%2Fa/content"), InlineData("PUT", "/artifacts/a/content?digest=00"), InlineData("PUT", "/artifacts/a/content?colour=red"),
     InlineData("PUT", "/artifacts/a/content?fileName=a%2Fb"), InlineData("PUT", "/blobs/00"), InlineData("DELETE", "/models/churn/aliases/none"),
     InlineData("DELETE", "/models/churn/aliases/none?expected=x"), InlineData("GET", "/models/churn/versions/0"), InlineData("GET", "/models/churn/versions/@none"),
     InlineData("GET", "/models/none/history"), InlineData("GET", "/artifacts/none/history"), InlineData("GET", "/artifacts/none/versions"), InlineData("GET", "/blobs/00")]
    public async Task A_request_that_cannot_be_meant_is_refused(string method, string path)
    {
        var project = host.NewProject();
        await project.Register("churn");
        using var answer = await project.Send(new HttpMethod(method), path, method == "PUT" ? new StringContent("x", Encoding.UTF8, "text/plain") : null);
        await answer.ShouldBeCallersFaultAsync(path);
        (await project.Get<Page<ArtifactInfo>>("/artifacts")).Items.ShouldHaveSingleItem().Versions.ShouldBe(1);
        host.Host.Logs.ErrorsAbout(project.Name).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("/artifacts/none/versions", "version", "artifact.unknown"), InlineData("/artifacts/none/history", "version", "artifact.unknown"),
     InlineData("/models/none/versions", "version", "model.unknown"), InlineData("/models/none/history", "version", "model.unknown")]
    public async Task A_cursor_does_not_make_a_list_of_what_is_not_there(string path, string key, string code)
    {
        foreach (var value in (string[])["1", "2147483647"])
        {
            var cursor = Convert.ToBase64String(Encoding.UTF8.GetBytes($$"""{"{{key}}":{{value}}}""")).TrimEnd('=');
            await TestProject.Refused(await host.NewProject().Get($"{path}?cursor={cursor}"), HttpStatusCode.NotFound, code);
        }
    }
}
