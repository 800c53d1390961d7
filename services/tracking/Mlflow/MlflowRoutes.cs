using Mesh.Contracts;
using Mesh.Hosting.Http;
using Mesh.Hosting.Identity;

namespace Mesh.Tracking.Mlflow;

/// <summary>
/// The MLflow REST protocol (2.x, and what clients of 3.x add) for one project: below <c>/mlflow/{project}/api/2.0/mlflow</c> and
/// <c>/mlflow/{project}/ajax-api/2.0/mlflow</c>, and traces below <c>3.0</c> there. Searches are read, whatever their method.
/// </summary>
internal static class MlflowRoutes
{
    private static readonly string[] Apis = ["/mlflow/{project}/api", "/mlflow/{project}/ajax-api"];

    public static void MapMlflow(this IEndpointRouteBuilder app)
    {
        MapServer(app);
        var traces = app.ServiceProvider.GetRequiredService<MlflowTraceCalls>();
        foreach (var api in Apis)
        {
            // Both say the same; the document shows it once.
            var all = app.MapGroup(api).WithTags("MLflow").WithMaxBody(MlflowLimits.Body);
            if (api.Contains("ajax", StringComparison.Ordinal)) all.ExcludeFromDescription();
            var group = all.MapGroup("/2.0/mlflow");
            MapExperiments(group.MapGroup("/experiments"));
            MapRuns(group.MapGroup("/runs"));
            MapMetrics(group.MapGroup("/metrics"));
            group.MapGet("/artifacts/list", app.ServiceProvider.GetRequiredService<MlflowArtifactCalls>().ListAsync).WithSummary("run_id!, path, page_token");
            MapModels(group.MapGroup("/logged-models"), app.ServiceProvider.GetRequiredService<MlflowModelCalls>());
            MapTraces(all.MapGroup("/3.0/mlflow/traces"), traces, app.ServiceProvider.GetRequiredService<MlflowSpanCalls>());
            MapAssessments(all.MapGroup("/3.0/mlflow/traces/{trace}/assessments"), app.ServiceProvider.GetRequiredService<MlflowAssessmentCalls>());
            MapEarlierTraces(group.MapGroup("/traces"), app.ServiceProvider.GetRequiredService<MlflowEarlierTraceCalls>(), traces);
        }
    }

    /// <summary>What clients ask of a server as a whole: <c>/mlflow/{project}/health</c>, <c>/version</c>, <c>/get-artifact</c>, <c>/v1/traces</c>.</summary>
    private static void MapServer(IEndpointRouteBuilder app)
    {
        var server = app.MapGroup("/mlflow/{project}").WithTags("MLflow");
        server.MapGet("/health", () => TypedResults.Text("OK")).WithSummary("Whether the server answers");
        // The newest version of the protocol that is spoken: clients ask before they use what is new.
        server.MapGet("/version", () => TypedResults.Text("3.11.0")).WithSummary("The version of the protocol");
        // OpenTelemetry's own address: exporters take the address of a server and add this.
        server.MapPost("/v1/traces", app.ServiceProvider.GetRequiredService<MlflowSpanCalls>().ExportAsync).WithMaxBody(MlflowLimits.SpansBody)
            .WithSummary("Spans of OpenTelemetry (OTLP over HTTP); header x-mlflow-experiment-id!").Accepts<Stream>("application/x-protobuf", "application/json");
        server.MapGet("/get-artifact", app.ServiceProvider.GetRequiredService<MlflowArtifactCalls>().GetAsync).WithSummary("run_id!, path!: downloads a file of a run");
    }

    private static void MapExperiments(RouteGroupBuilder experiments)
    {
        experiments.MapPost("/create", MlflowExperimentCalls.Create).WithSummary("name!, artifact_location, tags[{key,value}]");
        experiments.MapGet("/get", MlflowExperimentCalls.Get).WithSummary("experiment_id!");
        experiments.MapGet("/get-by-name", MlflowExperimentCalls.GetByName).WithSummary("experiment_name!");
        experiments.MapPost("/delete", MlflowExperimentCalls.Delete).WithSummary("experiment_id!");
        experiments.MapPost("/restore", MlflowExperimentCalls.Restore).WithSummary("experiment_id!");
        experiments.MapPost("/update", MlflowExperimentCalls.Update).WithSummary("experiment_id!, new_name");
        experiments.MapPost("/set-experiment-tag", MlflowExperimentCalls.SetTag).WithSummary("experiment_id!, key!, value!");
        // Clients of some versions ask by GET.
        experiments.MapMethods("/search", ["GET", "POST"], MlflowSearchCalls.Experiments).RequireRole(Role.Viewer)
            .WithSummary("max_results! (1 to 50,000), filter, order_by[], view_type, page_token");
        // Of 1.x, which some clients still call.
        experiments.MapGet("/list", MlflowSearchCalls.ListExperiments).WithSummary("view_type, max_results, page_token");
        experiments.MapPost("/search-datasets", MlflowSearchCalls.Datasets).RequireRole(Role.Viewer).WithSummary("experiment_ids[]! (at most 20)");
        experiments.MapPost("/delete-experiment-tag", MlflowExperimentCalls.DeleteTag).WithSummary("experiment_id!, key!");
    }

    private static void MapModels(RouteGroupBuilder models, MlflowModelCalls calls)
    {
        models.MapPost("", calls.CreateAsync).WithSummary("experiment_id!, name, model_type, source_run_id, params[{key,value}], tags[{key,value}]");
        models.MapPost("/search", calls.SearchAsync).RequireRole(Role.Viewer).WithSummary("experiment_ids[], filter, datasets[{dataset_name!,dataset_digest}], order_by[{field_name,ascending,dataset_name,dataset_digest}], max_results (1 to 1,000), page_token");
        models.MapGet("/{model}", calls.GetAsync).WithSummary("A logged model");
        models.MapPatch("/{model}", calls.FinalizeAsync).WithSummary("status!");
        models.MapDelete("/{model}", calls.DeleteAsync).WithSummary("Takes a logged model out of sight");
        models.MapPatch("/{model}/tags", calls.SetTagsAsync).WithSummary("tags[{key,value}]");
        models.MapDelete("/{model}/tags/{key}", calls.DeleteTagAsync).WithSummary("Removes a tag");
        models.MapPost("/{model}/params", calls.LogParamsAsync).WithSummary("params[{key,value}]");
    }

    private static void MapTraces(RouteGroupBuilder traces, MlflowTraceCalls calls, MlflowSpanCalls spans)
    {
        traces.MapPost("", calls.StartAsync)
            .WithSummary("trace!{trace_info!{trace_id!, trace_location!, request_time, execution_duration, state, request_preview, response_preview, client_request_id, trace_metadata{}, tags{}, assessments[]}}");
        traces.MapPost("/search", calls.SearchAsync).RequireRole(Role.Viewer)
            .WithSummary("locations[]!, filter, order_by[], max_results (1 to 500; 100 unless given), page_token");
        traces.MapGet("/get", spans.GetAsync).WithSummary("trace_id!: a trace with the spans that were sent by themselves");
        traces.MapGet("/batchGet", spans.ListAsync).WithSummary("trace_ids (repeated, at most 100)!: such traces with their spans");
        traces.MapGet("/{trace}", calls.GetAsync).WithSummary("A trace without its spans");
        MapChangesOfTraces(traces, calls);
    }

    private static void MapAssessments(RouteGroupBuilder assessments, MlflowAssessmentCalls calls)
    {
        assessments.MapPost("", calls.CreateAsync)
            .WithSummary("assessment!{assessment_name!, feedback{value,error} or expectation{value}, source!{source_type!,source_id}, span_id, rationale, metadata{}, overrides, valid}");
        assessments.MapGet("/{assessment}", calls.GetAsync).WithSummary("An assessment of a trace");
        assessments.MapPatch("/{assessment}", calls.UpdateAsync).WithSummary("assessment!, update_mask! (of assessmentName, feedback or expectation, rationale, metadata, valid)");
        assessments.MapDelete("/{assessment}", calls.DeleteAsync).WithSummary("Removes an assessment; one that it took the place of is valid again");
    }

    private static void MapEarlierTraces(RouteGroupBuilder traces, MlflowEarlierTraceCalls calls, MlflowTraceCalls same)
    {
        traces.MapPost("", calls.StartAsync).WithSummary("experiment_id!, timestamp_ms, request_metadata[{key,value}], tags[{key,value}]");
        traces.MapGet("", calls.SearchAsync).WithSummary("experiment_ids[]!, filter, order_by[], max_results (1 to 500; 100 unless given), page_token");
        traces.MapGet("/{trace}/info", calls.GetAsync).WithSummary("A trace without its spans");
        traces.MapPatch("/{trace}", calls.EndAsync).WithSummary("timestamp_ms, status, request_metadata[{key,value}], tags[{key,value}]");
        MapChangesOfTraces(traces, same);
    }

    // The same in 2.x and 3.x; some clients of 3.x ask by the older prefix.
    private static void MapChangesOfTraces(RouteGroupBuilder traces, MlflowTraceCalls calls)
    {
        traces.MapPost("/delete-traces", calls.DeleteAsync).WithSummary("experiment_id!, max_timestamp_millis with max_traces, or request_ids[] (at most 1,000)");
        traces.MapPost("/link-to-run", calls.LinkAsync).WithSummary("run_id!, trace_ids[]! (at most 100)");
        traces.MapPatch("/{trace}/tags", calls.SetTagAsync).WithSummary("key!, value");
        traces.MapDelete("/{trace}/tags", calls.DeleteTagAsync).WithSummary("key!");
    }

    private static void MapMetrics(RouteGroupBuilder metrics)
    {
        metrics.MapGet("/get-history", MlflowMetricCalls.History).WithSummary("run_id!, metric_key!, max_results, page_token");
        metrics.MapGet("/get-history-bulk", MlflowMetricCalls.HistoryBulk).WithSummary("run_id (repeated, at most 100)!, metric_key!, max_results (at most 25,000)");
        metrics.MapGet("/get-history-bulk-interval", MlflowMetricCalls.HistoryBulkInterval)
            .WithSummary("run_ids (repeated, at most 100)!, metric_key!, start_step, end_step, max_results (at most 2,500 a run)");
    }

    private static void MapRuns(RouteGroupBuilder runs)
    {
        runs.MapPost("/create", MlflowRunCalls.Create).WithSummary("experiment_id, user_id, run_name, start_time, tags[{key,value}]");
        runs.MapPost("/update", MlflowRunCalls.Update).WithSummary("run_id!, status, end_time, run_name");
        runs.MapGet("/get", MlflowRunCalls.Get).WithSummary("run_id!");
        runs.MapPost("/search", MlflowSearchCalls.Runs).RequireRole(Role.Viewer)
            .WithSummary("experiment_ids[], filter, run_view_type, max_results (1 to 50,000; 1,000 unless given), order_by[], page_token");
        runs.MapPost("/delete", MlflowRunCalls.Delete).WithSummary("run_id!");
        runs.MapPost("/restore", MlflowRunCalls.Restore).WithSummary("run_id!");
        runs.MapPost("/log-metric", MlflowLogCalls.LogMetric).WithSummary("run_id!, key!, value!, timestamp!, step, model_id, dataset_name, dataset_digest");
        runs.MapPost("/log-parameter", MlflowLogCalls.LogParameter).WithSummary("run_id!, key!, value");
        runs.MapPost("/log-batch", MlflowLogCalls.LogBatch)
            .WithSummary("run_id!, metrics[{key,value,timestamp,step,model_id,dataset_name,dataset_digest}], params[{key,value}], tags[{key,value}]: at most 1,000, 100, 100, and 1,000 in all");
        runs.MapPost("/set-tag", MlflowLogCalls.SetTag).WithSummary("run_id!, key!, value");
        runs.MapPost("/delete-tag", MlflowLogCalls.DeleteTag).WithSummary("run_id!, key!");
        runs.MapPost("/log-inputs", MlflowLogCalls.LogInputs).WithMaxBody(MlflowLimits.InputsBody).WithSummary("run_id!, datasets[{tags[], dataset{name!,digest!,source_type!,source!,schema,profile}}]");
        runs.MapPost("/outputs", MlflowLogCalls.LogOutputs).WithSummary("run_id!, models[{model_id!,step}]");
        runs.MapPost("/log-model", MlflowLogCalls.LogModel).WithSummary("run_id!, model_json!");
    }
}
