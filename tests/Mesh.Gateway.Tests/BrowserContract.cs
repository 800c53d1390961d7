using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Mesh.Contracts.Projects;
using static Mesh.Gateway.Tests.GatewayFixture;

namespace Mesh.Gateway.Tests;

public sealed class ProxyBrowserTests(ProxyGateway gateway) : BrowserContract(gateway), IClassFixture<ProxyGateway>;

public sealed class LaptopBrowserTests(LaptopGateway gateway) : BrowserContract(gateway), IClassFixture<LaptopGateway>;

/// <summary>The front door to browsers: their sessions, the pages, the portal.</summary>
public abstract class BrowserContract(GatewayFixture gateway)
{
    protected GatewayFixture Gateway { get; } = gateway;

    [Fact]
    public async Task A_login_link_logs_one_browser_in()
    {
        var project = await Gateway.NewProject();
        var link = await Read<LoginLink>(await Gateway.Admin().PostAsync("/api/v1/login-links", null));
        using var landed = await Gateway.With(null).GetAsync(link.Path);
        landed.StatusCode.ShouldBe(HttpStatusCode.Redirect);
        landed.Headers.Location!.ToString().ShouldBe("/");
        var cookies = landed.Headers.GetValues("Set-Cookie").ToList();
        var session = cookies.Single(c => c.StartsWith("mesh_session=", StringComparison.Ordinal));
        session.ShouldContain("httponly");
        session.ShouldContain("samesite=strict");
        session.ShouldNotContain("secure");
        (await CodeOf(await Gateway.With(null).GetAsync(link.Path), HttpStatusCode.NotFound)).ShouldBe("login.spent");
        (await CodeOf(await Gateway.With(null).GetAsync("/login"), HttpStatusCode.BadRequest)).ShouldBe("login.code-missing");

        var browser = Gateway.With(null);
        browser.DefaultRequestHeaders.Add("Cookie", string.Join("; ", cookies.Select(c => c.Split(';')[0])));
        (await Read<Me>(await browser.GetAsync("/api/v1/me"))).User.ShouldBe("admin");
        (await browser.GetAsync($"/api/v1/projects/{project}/runs")).StatusCode.ShouldBe(HttpStatusCode.OK);

        var runs = $"/api/v1/projects/{project}/runs";
        (await CodeOf(await browser.PostAsync(runs, null), HttpStatusCode.Forbidden)).ShouldBe("antiforgery.missing");
        (await PostAsync(browser, runs, ("Mesh-Csrf", "guess"))).StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        (await PostAsync(browser, runs, ("Sec-Fetch-Site", "cross-site"))).StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        (await PostAsync(browser, runs, ("Sec-Fetch-Site", "same-site"))).StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        (await PostAsync(browser, runs, ("Sec-Fetch-Site", "same-origin"))).StatusCode.ShouldBe(HttpStatusCode.OK);
        var csrf = cookies.Single(c => c.StartsWith("mesh_csrf=", StringComparison.Ordinal)).Split(';')[0]["mesh_csrf=".Length..];
        (await PostAsync(browser, runs, ("Mesh-Csrf", csrf))).StatusCode.ShouldBe(HttpStatusCode.OK);

        (await browser.DeleteAsync("/session")).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        (await CodeOf(await browser.GetAsync("/api/v1/me"), HttpStatusCode.Unauthorized)).ShouldBe("token.unknown");
        (await browser.DeleteAsync("/session")).StatusCode.ShouldBe(HttpStatusCode.NoContent);
    }

    [Fact]
    public async Task A_token_signs_a_browser_in_and_out()
    {
        var mine = await Gateway.TokenOf(NewName());
        var anybody = Gateway.With(null);
        using var signedIn = await anybody.PostAsJsonAsync("/session", new { token = mine.Secret });
        signedIn.StatusCode.ShouldBe(HttpStatusCode.NoContent);
        var cookies = signedIn.Headers.GetValues("Set-Cookie").ToList();
        cookies.Single(c => c.StartsWith("mesh_session=", StringComparison.Ordinal)).ShouldContain("httponly");
        using var browser = Gateway.With(null);
        browser.DefaultRequestHeaders.Add("Cookie", string.Join("; ", cookies.Select(c => c.Split(';')[0])));
        (await browser.GetAsync("/api/v1/me")).StatusCode.ShouldBe(HttpStatusCode.OK);
        using var signedOut = await browser.DeleteAsync("/session");
        signedOut.StatusCode.ShouldBe(HttpStatusCode.NoContent);
        signedOut.Headers.GetValues("Set-Cookie").ShouldAllBe(c => c.Contains("=;", StringComparison.Ordinal) && c.Contains("1970", StringComparison.Ordinal));

        (await Gateway.With(mine.Secret).GetAsync("/api/v1/me")).StatusCode.ShouldBe(HttpStatusCode.OK, "the token is its user's own");

        (await CodeOf(await anybody.PostAsJsonAsync("/session", new { token = "nobody's" }), HttpStatusCode.Unauthorized)).ShouldBe("token.unknown");
        (await anybody.PostAsJsonAsync("/session", new { token = "" })).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await anybody.PostAsJsonAsync("/session", new { tokens = "x" })).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task The_portal_is_one_page_and_its_files()
    {
        var anybody = Gateway.With(null);
        Directory.CreateDirectory(Path.Combine(Gateway.PortalPath, "assets"));
        await File.WriteAllTextAsync(Path.Combine(Gateway.PortalPath, "assets", "main-abc.js"), "plain");
        await File.WriteAllTextAsync(Path.Combine(Gateway.PortalPath, "assets", "main-abc.js.br"), "packed");
        await File.WriteAllTextAsync(Path.Combine(Gateway.PortalPath, "index.html"), "<script nonce=\"__MESH_NONCE__\"></script>");
        try
        {
            using var first = await PageAsync("/p/some/runs");
            using var second = await PageAsync("/nowhere");
            var nonces = new[] { await first.Content.ReadAsStringAsync(), await second.Content.ReadAsStringAsync() }.Select(page => page.Split('"')[1]).ToList();
            nonces.Distinct().Count().ShouldBe(2);
            first.Headers.GetValues("Content-Security-Policy").Single().ShouldContain($"'nonce-{nonces[0]}'");
            first.Headers.GetValues("Content-Security-Policy").Single().ShouldNotContain("unsafe");
            first.Headers.CacheControl!.NoStore.ShouldBeTrue();

            using var file = await anybody.GetAsync("/assets/main-abc.js");
            (await file.Content.ReadAsStringAsync()).ShouldBe("plain");
            file.Headers.CacheControl!.ToString().ShouldContain("immutable");
            file.Content.Headers.ContentType!.MediaType.ShouldBe("text/javascript");
            using var packed = await SendAsync("/assets/main-abc.js", ("Accept-Encoding", "gzip, br"));
            (await packed.Content.ReadAsStringAsync()).ShouldBe("packed");
            packed.Content.Headers.ContentEncoding.ShouldBe(["br"]);
            (await SendAsync("/assets/main-abc.js", ("If-None-Match", file.Headers.ETag!.Tag))).StatusCode.ShouldBe(HttpStatusCode.NotModified);

            foreach (var path in (string[])["/assets/gone.js", "/assets/..%2findex.html", "/assets/%2e%2e/index.html", "/assets/main-abc", "/health/nothing", "/docs2x/../api/none"])
                (await SendAsync(path, ("Accept", "application/json"))).StatusCode.ShouldNotBe(HttpStatusCode.OK, path);
            (await SendAsync("/nowhere", ("Accept", "application/json"))).StatusCode.ShouldBe(HttpStatusCode.NotFound);
            (await SendAsync("/api/v1/nowhere", ("Accept", "text/html"))).Content.Headers.ContentType!.MediaType.ShouldBe("application/problem+json");
        }
        finally
        {
            Directory.Delete(Gateway.PortalPath, recursive: true);
        }

        using var waiting = await PageAsync("/p/some");
        (await waiting.Content.ReadAsStringAsync()).ShouldContain("http-equiv=\"refresh\"");
        var log = Path.Combine(Path.GetDirectoryName(Gateway.PortalPath)!, "portal-build.log");
        await File.WriteAllTextAsync(log, "error\nThe build of the portal failed.\n");
        using var broken = await PageAsync("/p/some");
        (await broken.Content.ReadAsStringAsync()).ShouldContain("Its build failed.");
        File.Delete(log);

        Task<HttpResponseMessage> PageAsync(string path) => SendAsync(path, ("Accept", "text/html,application/xhtml+xml;q=0.9"));

        Task<HttpResponseMessage> SendAsync(string path, (string Name, string Value) header)
        {
            var request = new HttpRequestMessage(HttpMethod.Get, path);
            request.Headers.TryAddWithoutValidation(header.Name, header.Value);
            return anybody.SendAsync(request);
        }
    }

    [Fact]
    public async Task The_pages_answer_anybody_and_load_nothing_from_elsewhere()
    {
        var anybody = Gateway.With(null);
        using var landing = await anybody.GetAsync("/");
        landing.StatusCode.ShouldBe(HttpStatusCode.OK);
        (await landing.Content.ReadAsStringAsync()).ShouldContain("/docs");
        landing.Headers.GetValues("X-Content-Type-Options").ShouldBe(["nosniff"]);
        landing.Headers.GetValues("X-Frame-Options").ShouldBe(["DENY"]);
        landing.Headers.GetValues("Content-Security-Policy").Single().ShouldContain("default-src 'none'");

        using var docs = await Follow(anybody, "/docs");
        var page = await docs.Content.ReadAsStringAsync();
        page.ShouldNotContain("https://");
        docs.Headers.GetValues("Content-Security-Policy").Single().ShouldContain("connect-src 'self'");
        var script = System.Text.RegularExpressions.Regex.Match(page, "src=\"([^\"]+)\"").Groups[1].Value;
        (await anybody.GetAsync(new Uri(docs.RequestMessage!.RequestUri!, script))).StatusCode.ShouldBe(HttpStatusCode.OK, script);

        var api = await Read<JsonElement>(await anybody.GetAsync("/openapi/v1.json"));
        var paths = api.GetProperty("paths").EnumerateObject().Select(p => p.Name).ToList();
        paths.ShouldContain("/api/v1/projects/{project}/members/{user}");
        paths.ShouldContain("/api/v1/projects/{project}/runs");
        api.GetProperty("components").GetProperty("securitySchemes").GetProperty("bearer").GetProperty("scheme").GetString().ShouldBe("bearer");
        paths.ShouldNotContain(p => p.StartsWith("/internal", StringComparison.Ordinal));
        (await anybody.GetAsync("/health/live")).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await anybody.GetAsync("/health/ready")).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    private static async Task<HttpResponseMessage> Follow(HttpClient client, string path)
    {
        var response = await client.GetAsync(path);
        while (response.StatusCode is HttpStatusCode.Redirect or HttpStatusCode.MovedPermanently or HttpStatusCode.PermanentRedirect or HttpStatusCode.TemporaryRedirect)
            response = await client.GetAsync(new Uri(response.RequestMessage!.RequestUri!, response.Headers.Location!));
        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        return response;
    }

    private static async Task<HttpResponseMessage> PostAsync(HttpClient client, string path, (string Name, string Value) header)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path);
        request.Headers.Add(header.Name, header.Value);
        return await client.SendAsync(request);
    }
}
