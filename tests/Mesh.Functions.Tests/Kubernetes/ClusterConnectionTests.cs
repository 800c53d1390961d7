using System.Net;
using System.Security.Cryptography.X509Certificates;
using k8s.Models;
using Mesh.Contracts.Functions;
using Mesh.Functions.Kubernetes;
using Mesh.Functions.Profiles;
using Mesh.Functions.Tests.Doubles;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Mesh.Functions.Tests.Kubernetes;

/// <summary>How a profile reaches its cluster over TLS, whose authority only who is told of it trusts: by address and files, or by a kubeconfig.</summary>
public sealed class ClusterConnectionTests : IAsyncLifetime
{
    private const string Token = "t0ken";
    private readonly TestAuthority _authority = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("mesh-cluster-").FullName;
    private WebApplication _server = null!;

    private string Address => _server.Urls.Single().Replace("127.0.0.1", "localhost", StringComparison.Ordinal);

    public async ValueTask InitializeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseHttps(_authority.OfServer(), https =>
        {
            https.ClientCertificateMode = ClientCertificateMode.AllowCertificate;
            https.AllowAnyClientCertificate();
        })));
        _server = builder.Build();
        // Tells whom it has let in, as the name of the one job that it has.
        _server.Run(http =>
        {
            var name = http.Request.Headers.Authorization == $"Bearer {Token}" ? "by-token" : http.Connection.ClientCertificate?.GetNameInfo(X509NameType.SimpleName, false);
            if (name is null)
            {
                http.Response.StatusCode = 401;
                return http.Response.WriteAsJsonAsync(new { kind = "Status", code = 401, reason = "Unauthorized", message = "Unauthorized" });
            }

            return http.Response.WriteAsJsonAsync(new { metadata = new { resourceVersion = "1" }, items = new[] { new { metadata = new { name } } } });
        });
        await _server.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _authority.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task By_address_with_files_of_the_token_and_of_the_authority() =>
        (await AskAsync(new ProfileOptions { ApiServer = Address, TokenFile = Write("token", Token), CaFile = Write("ca.pem", _authority.Pem) })).ShouldBe("by-token");

    [Fact]
    public async Task A_token_that_is_wrong_is_told()
    {
        var refused = await Should.ThrowAsync<ClusterException>(() => AskAsync(new ProfileOptions { ApiServer = Address, TokenFile = Write("token", "other"), CaFile = Write("ca.pem", _authority.Pem) }));
        refused.Status.ShouldBe(HttpStatusCode.Unauthorized);
        refused.IsOutage.ShouldBeFalse();
    }

    [Fact]
    public async Task An_authority_that_is_another_one_is_told_and_waited_for()
    {
        using var other = new TestAuthority();
        foreach (var settings in (ProfileOptions[])[
            new() { ApiServer = Address, TokenFile = Write("token", Token), CaFile = Write("ca.pem", other.Pem) },
            new() { ApiServer = Address, TokenFile = Write("token", Token) }])
        {
            var away = await Should.ThrowAsync<ClusterException>(() => AskAsync(settings));
            away.Message.ShouldContain("certificate");
            away.IsOutage.ShouldBeTrue("certificates are renewed");
        }
    }

    [Fact]
    public async Task By_a_kubeconfig_its_context_decides_who_comes()
    {
        var (certificate, key) = _authority.OfClient("ada");
        var path = Write("config",
            $$"""
            apiVersion: v1
            kind: Config
            current-context: token
            clusters:
            - {name: c, cluster: {server: "{{Address}}", certificate-authority-data: {{Base64(_authority.Pem)}} } }
            users:
            - {name: robot, user: {token: {{Token}} } }
            - {name: ada, user: {client-certificate-data: {{Base64(certificate)}}, client-key-data: {{Base64(key)}} } }
            contexts:
            - {name: token, context: {cluster: c, user: robot} }
            - {name: certificate, context: {cluster: c, user: ada} }
            """);
        (await AskAsync(new ProfileOptions { KubeConfig = path })).ShouldBe("by-token");
        (await AskAsync(new ProfileOptions { KubeConfig = path, Context = "certificate" })).ShouldBe("ada");

        Faults(new ProfileOptions { KubeConfig = path, Context = "certificate" }).ShouldNotContain(fault => fault.StartsWith("Context", StringComparison.Ordinal));
        Faults(new ProfileOptions { KubeConfig = path, Context = "nobody" }).ShouldContain(fault => fault.StartsWith("Context: ", StringComparison.Ordinal) && fault.Contains("nobody"));
        Faults(new ProfileOptions { KubeConfig = Path.Combine(_folder, "gone") }).ShouldContain(fault => fault.StartsWith("KubeConfig: ", StringComparison.Ordinal));
        Faults(new ProfileOptions { KubeConfig = Write("bad", "contexts: [") }).ShouldContain(fault => fault.StartsWith("KubeConfig: ", StringComparison.Ordinal));
    }

    [Fact]
    public void A_file_of_the_authority_must_hold_one()
    {
        var settings = new ProfileOptions { ApiServer = Address, TokenFile = Write("token", Token), CaFile = Write("ca.pem", "nothing") };
        Faults(settings).ShouldContain(fault => fault.StartsWith("CaFile: ", StringComparison.Ordinal) && fault.EndsWith("holds no certificate (PEM).", StringComparison.Ordinal));
        settings.CaFile = Path.Combine(_folder, "gone");
        Faults(settings).ShouldContain(fault => fault.StartsWith("CaFile: ", StringComparison.Ordinal));
    }

    private static async Task<string> AskAsync(ProfileOptions settings)
    {
        settings.Namespace = "jobs";
        using var clusters = new Clusters(null!, TimeProvider.System, NullLoggerFactory.Instance);
        var cluster = clusters.Of(new Profile("cluster", ProfileExecutor.Kubernetes, 1, settings));
        return (await cluster.Api.ListAsync<V1Job>(cluster.PathOf(Cluster.JobResource), "labelSelector=a%3Db", TestContext.Current.CancellationToken)).Items.Single().Metadata.Name;
    }

    private static List<string> Faults(ProfileOptions settings)
    {
        var faults = new List<string>();
        KubernetesProfileCheck.Check(settings, (holds, key, says) =>
        {
            if (!holds) faults.Add($"{key}: {says}");
        });
        return faults;
    }

    private string Write(string name, string text)
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllText(path, text);
        return path;
    }

    private static string Base64(string text) => Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(text));
}
