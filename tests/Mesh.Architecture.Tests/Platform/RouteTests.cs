using System.CodeDom.Compiler;
using System.Net.Http.Json;
using System.Reflection;
using System.Text.Json;
using System.Text.RegularExpressions;
using Mesh.Architecture.Tests.Sources;
using Mesh.Contracts;
using Mesh.Contracts.Projects;
using Mesh.Gateway.Proxy;
using Mesh.Hosting.Clients;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Template;
using Microsoft.Extensions.DependencyInjection;

namespace Mesh.Architecture.Tests.Platform;

/// <summary>Every address is documented, and tells which service answers it.</summary>
[Collection(nameof(PlatformTests))]
public sealed partial class RouteTests(PlatformHost platform)
{
    private IReadOnlyList<(string Service, string Method, string Path)> Public => [.. platform.Host.Service<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
        .Select(endpoint => (Endpoint: endpoint, Service: ServiceOf(endpoint), Path: endpoint.RoutePattern.RawText!))
        .Where(route => route.Service is not null && !route.Path.StartsWith("/internal", StringComparison.Ordinal))
        .SelectMany(route => route.Endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()!.HttpMethods.Select(method => (route.Service!, method, Plain(route.Path))))];

    [Fact]
    public void Public_addresses_are_below_the_api()
    {
        Public.Select(route => route.Service).Distinct().ShouldBe(ServiceModules.All.Select(module => module.Name), ignoreOrder: true);
        // The MLflow protocol has addresses of its own, below each project.
        Public.Where(route => !route.Path.StartsWith("/api/v1/", StringComparison.Ordinal) && !route.Path.StartsWith("/mlflow/{project}/", StringComparison.Ordinal)).ShouldBeEmpty();
        Public.Select(route => $"{route.Method} {route.Path}").ShouldBeUnique();
    }

    [Fact]
    public async Task Every_address_is_in_the_api_description()
    {
        var document = await DescribeAsync();
        var described = document.GetProperty("paths").EnumerateObject()
            .SelectMany(path => path.Value.EnumerateObject().Select(operation => $"{operation.Name.ToUpperInvariant()} {path.Name}"));
        // What browsers of MLflow ask is said once, under its other address.
        Public.Select(route => $"{route.Method} {route.Path.Replace("/ajax-api/", "/api/", StringComparison.Ordinal)}").Except(described).ShouldBeEmpty();
    }

    [Fact]
    public void Delegates_are_written_at_build_time_and_bodies_announced_only_where_they_are_read()
    {
        var endpoints = platform.Host.Service<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>().Where(endpoint => ServiceOf(endpoint) is not null).ToList();
        endpoints.Where(endpoint => endpoint.Metadata.GetMetadata<GeneratedCodeAttribute>() is null).Select(endpoint => endpoint.DisplayName).ShouldBeEmpty();
        endpoints.Where(endpoint => endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()!.HttpMethods is ["GET"] or ["HEAD"] or ["DELETE"] && endpoint.Metadata.GetMetadata<IAcceptsMetadata>() is not null)
            .Select(endpoint => endpoint.DisplayName).ShouldBeEmpty();
    }

    [Fact]
    public async Task Operations_have_a_summary_and_an_id_of_their_own()
    {
        var operations = (await DescribeAsync()).GetProperty("paths").EnumerateObject()
            .Where(path => path.Name.StartsWith("/api/", StringComparison.Ordinal))
            .SelectMany(path => path.Value.EnumerateObject().Select(operation => (Address: $"{operation.Name} {path.Name}", operation.Value))).ToList();
        operations.Where(operation => !operation.Value.TryGetProperty("operationId", out _)).Select(operation => operation.Address).ShouldBeEmpty();
        operations.Where(operation => !operation.Value.TryGetProperty("summary", out _)).Select(operation => operation.Address).ShouldBeEmpty();
        operations.Select(operation => operation.Value.GetProperty("operationId").GetString()).ShouldBeUnique();
    }

    [Fact]
    public void Every_address_is_reached_by_exactly_one_route_of_the_gateway()
    {
        var routes = ServiceRoutes.Patterns().Select(route => (route.Service, Matcher: new TemplateMatcher(TemplateParser.Parse(route.Pattern), []))).ToList();
        foreach (var (service, method, path) in Public)
        {
            var reached = routes.Where(route => route.Matcher.TryMatch(Filled(path), [])).Select(route => route.Service);
            reached.ShouldBe([service], $"{method} {path}");
        }

        ServiceRoutes.Patterns().Select(route => route.Service).Distinct().ShouldBe(ServiceModules.All.Select(module => module.Name), ignoreOrder: true);
    }

    [Fact]
    public async Task Each_service_says_what_it_holds_of_a_project_though_all_share_a_process()
    {
        var client = platform.Host.Services.GetRequiredKeyedService<ServiceClient>("projects");
        foreach (var service in ServiceModules.All.Select(module => module.Name).Where(name => name != "projects"))
            (await client.GetAsync<ProjectUsage>(service, "/internal/projects/nobody/usage")).IsEmpty().ShouldBeTrue(service);
    }

    [Fact]
    public async Task Nothing_answers_without_an_identity()
    {
        using var anyone = platform.Host.Anonymous();
        foreach (var (_, method, path) in Public)
        {
            using var request = new HttpRequestMessage(new HttpMethod(method), Filled(path));
            ((int)(await anyone.SendAsync(request)).StatusCode).ShouldBe(IsSigned(path) ? 403 : 401, $"{method} {path}");
        }
    }

    [Fact]
    public async Task A_stranger_to_a_project_finds_none_of_it()
    {
        using var stranger = platform.Host.ClientFor("eve", Role.Owner, "elsewhere");
        foreach (var (_, method, path) in Public.Where(route => route.Path.Contains("{project}", StringComparison.Ordinal)))
        {
            using var request = new HttpRequestMessage(new HttpMethod(method), Filled(path));
            ((int)(await stranger.SendAsync(request)).StatusCode).ShouldBe(IsSigned(path) ? 403 : 404, $"{method} {path}");
        }
    }

    private static string? ServiceOf(Endpoint endpoint)
    {
        var assembly = endpoint.Metadata.GetMetadata<MethodInfo>()?.DeclaringType?.Assembly;
        return ServiceModules.All.FirstOrDefault(module => module.GetType().Assembly == assembly)?.Name;
    }

    private async Task<JsonElement> DescribeAsync()
    {
        using var anyone = platform.Host.Anonymous();
        return await anyone.GetFromJsonAsync<JsonElement>("/openapi/v1.json");
    }

    // Such an address is good for whoever has one that was signed, and for nobody else (ADR 051).
    private static bool IsSigned(string path) => path.StartsWith("/mlflow/{project}/api/2.0/mlflow-artifacts/signed/", StringComparison.Ordinal);

    private static string Plain(string path) => Constraint().Replace(path, "{$1}").TrimEnd('/');

    private static string Filled(string path) => Parameter().Replace(path, match => match.Value switch
    {
        "{project}" => "demo",
        "{experiment}" => "0",
        _ => "0193a1c0-0000-7000-8000-000000000001",
    });

    [GeneratedRegex(@"\{\**(\w+)[^}]*\}")]
    private static partial Regex Constraint();

    [GeneratedRegex(@"\{\w+\}")]
    private static partial Regex Parameter();
}
