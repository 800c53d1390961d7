using Mesh.Contracts;
using Mesh.Contracts.Bus;
using Mesh.Hosting.Decisions;
using Mesh.Hosting.Http;
using Mesh.Hosting.Identity;
using Mesh.Hosting.Store;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;

namespace Mesh.Hosting.Bus;

/// <summary>
/// <c>/api/v1/bus/{service}/errors</c>: the dead letters of the services of this process, for platform administrators. The gateway finds the process
/// by the service in the path.
/// </summary>
internal static class BusErrorEndpoints
{
    private const string Log = "Mesh.Hosting.Bus";

    public static void MapBusErrors(this IEndpointRouteBuilder api)
    {
        var errors = api.MapGroup("/api/v1/bus/{service}/errors").WithTags("Bus").RequirePlatformAdmin();
        errors.MapGet("", List).WithName("ListBusErrors");
        errors.MapPost("/{id}/replay", Replay).WithName("ReplayBusError");
        errors.MapDelete("/{id}", Drop).WithName("DropBusError");
    }

    private static async Task<Results<Ok<Page<BusError>>, ProblemHttpResult>> List(
        string service, PageRequest page, IEnumerable<ServiceModule> modules, IServiceProvider services, CancellationToken ct)
    {
        if (Find(modules, service) is not { } module) return UnknownService(service);
        await using var session = module.ResolveStore(services).QuerySession(Tenants.Platform);
        var letters = page.After<BusErrorCursor>() is { } after
            ? await session.QueryAsync<DeadLetter>("where (d.at, d.id) < (?, ?) order by d.at desc, d.id desc limit ?", ct, after.At, after.Id, page.Limit + 1)
            : await session.QueryAsync<DeadLetter>("order by d.at desc, d.id desc limit ?", ct, page.Limit + 1);
        return TypedResults.Ok(page.ToPage(
            [.. letters.Select(letter => new BusError(letter.Id, service, letter.Consumer, letter.Cause, letter.At, letter.Event))], error => new BusErrorCursor(error.At, error.Id)));
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> Replay(
        string service, string id, IEnumerable<ServiceModule> modules, BusTopology topology, ConsumerDispatcher dispatcher, IServiceProvider services,
        ILoggerFactory logs, CancellationToken ct)
    {
        if (Find(modules, service) is not { } module) return UnknownService(service);
        await using var session = module.ResolveStore(services).LightweightSession(Tenants.Platform);
        if (await session.LoadAsync<DeadLetter>(id, ct) is not { } letter) return Unknown(service, id);
        if (topology.Consumers.FirstOrDefault(consumer => consumer.Module == module && consumer.Registration.Name == letter.Consumer) is not { } consumer)
            return Rejection.Conflict("bus-error.no-consumer", $"{service} has no consumer {letter.Consumer} any more: the event can only be dropped.").ToProblem();
        try
        {
            await dispatcher.HandleAsync(module, consumer.Registration, letter.Event, ct);
        }
        catch (Exception fault) when (!ct.IsCancellationRequested)
        {
            logs.CreateLogger(Log).LogWarning(fault, "{Consumer} failed again at event {EventId}", consumer.Registration.Queue, letter.Event.Id);
            return new Rejection(RejectionKind.Unprocessable, "bus-error.failed-again", $"{letter.Consumer} failed again: {fault.Message}").ToProblem();
        }

        // Should this process die here, the letter stays, and a second replay finds the event handled.
        session.Delete(letter);
        await session.SaveChangesAsync(ct);
        return TypedResults.NoContent();
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> Drop(
        string service, string id, Caller caller, IEnumerable<ServiceModule> modules, IServiceProvider services, ILoggerFactory logs, CancellationToken ct)
    {
        if (Find(modules, service) is not { } module) return UnknownService(service);
        await using var session = module.ResolveStore(services).LightweightSession(Tenants.Platform);
        if (await session.LoadAsync<DeadLetter>(id, ct) is not { } letter) return Unknown(service, id);
        session.Delete(letter);
        await session.SaveChangesAsync(ct);
        logs.CreateLogger(Log).LogInformation("{Caller} dropped event {EventId}, which {Service}.{Consumer} gave up", caller.Name, letter.Event.Id, service, letter.Consumer);
        return TypedResults.NoContent();
    }

    private static ServiceModule? Find(IEnumerable<ServiceModule> modules, string service) => modules.FirstOrDefault(module => module.HasStore && module.Name == service);

    private static ProblemHttpResult UnknownService(string service) => Rejection.NotFound("service.unknown", $"There is no service '{service}'.").ToProblem();

    private static ProblemHttpResult Unknown(string service, string id) => Rejection.NotFound("bus-error.unknown", $"{service} has no error '{id}'.").ToProblem();

    private sealed record BusErrorCursor(DateTimeOffset At, string Id);
}
