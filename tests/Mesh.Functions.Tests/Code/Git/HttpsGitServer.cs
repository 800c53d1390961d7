using System.Diagnostics;
using System.Net;
using System.Text;
using Mesh.Functions.Tests.Doubles;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Mesh.Functions.Tests.Code.Git;

/// <summary>
/// Serves repositories of a folder by git's own <c>http-backend</c> over https, with a certificate of an authority made for it. Below <c>/open</c> they are for everybody, below
/// <c>/closed</c> for <see cref="User"/>; what is below <c>/moved</c> is elsewhere, and below <c>/silent</c> nothing is ever answered.
/// </summary>
internal sealed class HttpsGitServer : IAsyncDisposable
{
    public const string User = "ada";
    public const string Token = "t0ken-of-ada";
    private readonly WebApplication _app;

    private HttpsGitServer(WebApplication app, string authority) => (_app, Authority) = (app, authority);

    /// <summary>The certificate of the authority, as PEM.</summary>
    public string Authority { get; }

    public int Port => new Uri(_app.Urls.Single()).Port;

    /// <summary>How often somebody came with the right user and token.</summary>
    public int Entries { get; private set; }

    public string UrlOf(string way, TestRepository repository, string host = "localhost") => $"https://{host}:{Port}/{way}/{repository.Name}/.git";

    public static async Task<HttpsGitServer> StartAsync(string root)
    {
        using var authority = new TestAuthority();
        var certificate = authority.OfServer();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseHttps(certificate));
        });
        var app = builder.Build();
        var server = new HttpsGitServer(app, authority.Pem);
        app.Run(context => server.AnswerAsync(context, root));
        await app.StartAsync();
        return server;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task AnswerAsync(HttpContext http, string root)
    {
        var parts = http.Request.Path.Value!.TrimStart('/').Split('/', 2);
        switch (parts[0])
        {
            case "silent":
                await Task.Delay(Timeout.InfiniteTimeSpan, http.RequestAborted);
                break;
            case "moved":
                http.Response.Redirect($"/open/{parts[1]}{http.Request.QueryString}");
                break;
            case "closed" when http.Request.Headers.Authorization != $"Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes($"{User}:{Token}"))}":
                http.Response.StatusCode = 401;
                http.Response.Headers.WWWAuthenticate = "Basic realm=\"git\"";
                break;
            case "closed":
                Entries++;
                await ServeAsync(http, root, parts[1]);
                break;
            default:
                await ServeAsync(http, root, parts[1]);
                break;
        }
    }

    /// <summary>As RFC 3875 has it.</summary>
    private static async Task ServeAsync(HttpContext http, string root, string path)
    {
        var info = new ProcessStartInfo("git", ["-c", "safe.directory=*", "http-backend"]) { RedirectStandardInput = true, RedirectStandardOutput = true };
        info.Environment["GIT_PROJECT_ROOT"] = root;
        info.Environment["GIT_HTTP_EXPORT_ALL"] = "1";
        info.Environment["PATH_INFO"] = $"/{path}";
        info.Environment["REQUEST_METHOD"] = http.Request.Method;
        info.Environment["QUERY_STRING"] = http.Request.QueryString.Value?.TrimStart('?');
        info.Environment["CONTENT_TYPE"] = http.Request.ContentType ?? "";
        info.Environment["HTTP_CONTENT_ENCODING"] = http.Request.Headers.ContentEncoding.ToString();
        info.Environment["GIT_PROTOCOL"] = http.Request.Headers["Git-Protocol"].ToString();
        using var backend = Process.Start(info)!;
        var feeding = Task.Run(async () =>
        {
            await http.Request.Body.CopyToAsync(backend.StandardInput.BaseStream);
            backend.StandardInput.Close();
        });
        var answer = backend.StandardOutput.BaseStream;
        while (await LineAsync(answer) is { Length: > 0 } line)
        {
            var (name, value) = (line[..line.IndexOf(':', StringComparison.Ordinal)], line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim());
            if (name == "Status") http.Response.StatusCode = int.Parse(value.AsSpan(0, 3), System.Globalization.CultureInfo.InvariantCulture);
            else http.Response.Headers[name] = value;
        }

        try
        {
            await answer.CopyToAsync(http.Response.Body, http.RequestAborted);
            await feeding;
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            // The caller has had enough.
            backend.Kill();
        }

        await backend.WaitForExitAsync();
    }

    private static async Task<string> LineAsync(Stream stream)
    {
        var (line, one) = (new StringBuilder(), new byte[1]);
        while (await stream.ReadAsync(one) == 1 && one[0] != '\n') line.Append((char)one[0]);
        return line.ToString().TrimEnd('\r');
    }
}
