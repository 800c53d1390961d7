using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Mesh.Hosting.Http;

/// <summary>What is said in a service's OpenAPI document beyond what the endpoints say themselves.</summary>
internal static partial class OpenApiDocument
{
    public static void Configure(OpenApiOptions options)
    {
        options.AddDocumentTransformer((document, _, _) =>
        {
            document.Info.Title = "Mesh";
            document.Info.Description = "Runs, artifacts, models, functions, endpoints and monitoring. Errors are RFC 9457 problem documents with a stable code.";
            document.Servers?.Clear();
            document.Components ??= new OpenApiComponents();
            document.Components.SecuritySchemes ??= new Dictionary<string, IOpenApiSecurityScheme>();
            document.Components.SecuritySchemes["bearer"] = new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.Http,
                Scheme = "bearer",
                Description = "An access token: 'mesh token' prints yours.",
            };
            document.Security = [new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference("bearer", document)] = [] }];
            return Task.CompletedTask;
        });
        options.AddSchemaTransformer((schema, context, _) =>
        {
            // Our own converter of enums says nothing of the names that it takes.
            if (context.JsonTypeInfo.Type is not { IsEnum: true } type) return Task.CompletedTask;
            schema.Type = JsonSchemaType.String;
            schema.Enum = [.. Enum.GetNames(type).Select(name => (JsonNode)JsonNamingPolicy.CamelCase.ConvertName(name))];
            return Task.CompletedTask;
        });
        options.AddOperationTransformer((operation, context, _) =>
        {
            foreach (var method in context.Description.ActionDescriptor.EndpointMetadata.OfType<MethodInfo>())
                foreach (var parameter in method.GetParameters().SelectMany(BoundTypes).Distinct().SelectMany(Describe)) (operation.Parameters ??= []).Add(parameter);
            return Task.CompletedTask;
        });
        options.AddOperationTransformer((operation, _, _) =>
        {
            // An endpoint that says no more of itself than its name is listed under that: ListMembers, "List members."
            if (operation is { Summary: null, OperationId: { } id }) operation.Summary = $"{WordStart().Replace(id, match => $" {match.Value.ToLowerInvariant()}")}.";
            return Task.CompletedTask;
        });
    }

    private static IEnumerable<Type> BoundTypes(ParameterInfo parameter) => parameter.GetCustomAttribute<AsParametersAttribute>() is null
        ? [parameter.ParameterType]
        : parameter.ParameterType.GetProperties().Select(property => property.PropertyType);

    // These bind themselves from the request, where the framework does not look.
    private static IEnumerable<OpenApiParameter> Describe(Type type)
    {
        if (type == typeof(PageRequest))
        {
            yield return Parameter("limit", ParameterLocation.Query, JsonSchemaType.Integer, "Most entries of the page: 1 to 1,000, 50 when absent.");
            yield return Parameter("cursor", ParameterLocation.Query, JsonSchemaType.String, "Where the page before ended: its 'next'.");
        }
        else if (type == typeof(IdempotencyKey))
        {
            yield return Parameter(IdempotencyKey.Header, ParameterLocation.Header, JsonSchemaType.String, "Makes the request safe to repeat: the same key gives the same answer.");
        }
        else if (type == typeof(EntityVersion))
        {
            yield return Parameter("If-Match", ParameterLocation.Header, JsonSchemaType.String, "The version that is meant, as ETag gave it: \"7\". 412 when it is not the current one.");
        }
    }

    private static OpenApiParameter Parameter(string name, ParameterLocation location, JsonSchemaType type, string description) =>
        new() { Name = name, In = location, Description = description, Schema = new OpenApiSchema { Type = type } };

    [GeneratedRegex("(?<!^)[A-Z]")]
    private static partial Regex WordStart();
}
