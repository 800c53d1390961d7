using Mesh.Contracts;
using Mesh.Hosting.Http;
using Mesh.Hosting.Identity;

namespace Mesh.Artifacts.Mlflow;

/// <summary>The model registry of the MLflow REST protocol: <c>registered-models</c> and <c>model-versions</c> below <c>/mlflow/{project}/api/2.0/mlflow</c>, and <c>ajax-api</c> too.</summary>
internal static class RegistryRoutes
{
    private const long MaxBody = 16 << 20;
    private static readonly string[] Apis = ["/mlflow/{project}/api/2.0/mlflow", "/mlflow/{project}/ajax-api/2.0/mlflow"];

    public static void MapMlflowRegistry(this IEndpointRouteBuilder app)
    {
        var models = app.ServiceProvider.GetRequiredService<RegisteredModelCalls>();
        var versions = app.ServiceProvider.GetRequiredService<ModelVersionCalls>();
        foreach (var api in Apis)
        {
            var group = app.MapGroup(api).WithTags("MLflow").WithMaxBody(MaxBody);
            // Both say the same; the document shows it once.
            if (api.Contains("ajax", StringComparison.Ordinal)) group.ExcludeFromDescription();
            MapModels(group.MapGroup("/registered-models"), models);
            MapVersions(group.MapGroup("/model-versions"), versions);
        }
    }

    private static void MapModels(RouteGroupBuilder models, RegisteredModelCalls calls)
    {
        models.MapPost("/create", calls.CreateAsync).WithSummary("name!, description, tags[{key,value}]");
        models.MapGet("/get", calls.GetAsync).WithSummary("name!");
        models.MapPatch("/update", calls.UpdateAsync).WithSummary("name!, description");
        models.MapPost("/rename", calls.RenameAsync).WithSummary("name!, new_name!");
        models.MapDelete("/delete", calls.DeleteAsync).WithSummary("name!");
        // Clients of some versions post it.
        models.MapMethods("/search", ["GET", "POST"], calls.SearchAsync).RequireRole(Role.Viewer)
            .WithSummary("filter, max_results (1 to 1,000; 100 unless given), order_by[], page_token");
        models.MapMethods("/get-latest-versions", ["GET", "POST"], calls.LatestAsync).RequireRole(Role.Viewer).WithSummary("name!, stages[]");
        models.MapPost("/set-tag", calls.SetTagAsync).WithSummary("name!, key!, value");
        models.MapDelete("/delete-tag", calls.DeleteTagAsync).WithSummary("name!, key!");
        models.MapPost("/alias", calls.SetAliasAsync).WithSummary("name!, alias!, version!");
        models.MapGet("/alias", calls.GetAliasAsync).WithSummary("name!, alias!");
        models.MapDelete("/alias", calls.DeleteAliasAsync).WithSummary("name!, alias!");
    }

    private static void MapVersions(RouteGroupBuilder versions, ModelVersionCalls calls)
    {
        versions.MapPost("/create", calls.CreateAsync).WithSummary("name!, source!, run_id, run_link, description, tags[{key,value}]");
        versions.MapGet("/get", calls.GetAsync).WithSummary("name!, version!");
        versions.MapPatch("/update", calls.UpdateAsync).WithSummary("name!, version!, description");
        versions.MapDelete("/delete", calls.DeleteAsync).WithSummary("name!, version!");
        versions.MapPost("/transition-stage", calls.TransitionAsync).WithSummary("name!, version!, stage!, archive_existing_versions!");
        versions.MapMethods("/search", ["GET", "POST"], calls.SearchAsync).RequireRole(Role.Viewer)
            .WithSummary("filter, max_results (1 to 200,000; 10,000 unless given), order_by[], page_token");
        versions.MapGet("/get-download-uri", calls.DownloadUriAsync).WithSummary("name!, version!");
        versions.MapPost("/set-tag", calls.SetTagAsync).WithSummary("name!, version!, key!, value");
        versions.MapDelete("/delete-tag", calls.DeleteTagAsync).WithSummary("name!, version!, key!");
    }
}
