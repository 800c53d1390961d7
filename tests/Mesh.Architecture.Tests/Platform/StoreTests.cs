using JasperFx.Events.Daemon;
using JasperFx.MultiTenancy;
using Marten;
using Mesh.Architecture.Tests.Sources;
using Mesh.Hosting.Bus;
using Mesh.Hosting.Store;
using Microsoft.Extensions.DependencyInjection;

namespace Mesh.Architecture.Tests.Platform;

/// <summary>How the stores are set up: without these switches they run, and lose or hold back events on a bad day.</summary>
[Collection(nameof(PlatformTests))]
public sealed class StoreTests(PlatformHost platform)
{
    // Messages of the bus and what became of them, and the daemon's own: these belong to the service, not to a project.
    private static readonly Type[] OfNoProject = [typeof(InboxEntry), typeof(DeadLetter), typeof(DeadLetterEvent)];

    public static TheoryData<string> Services => [.. ServiceModules.All.Select(module => module.Name)];

    [Theory]
    [MemberData(nameof(Services))]
    public void The_daemon_runs_follows_appends_at_once_and_skips_nothing(string service)
    {
        var options = OptionsOf(service);
        options.Events.UseAdvisoryLockTransaction.ShouldBeTrue("without it no projection or subscription runs on the published lock library");
        options.Events.UseExclusiveLockOnConcurrentAppends.ShouldBeTrue("without it a lost race leaves a hole that stalls the relay");
        var signal = options.Projections.Wakeup.ShouldBeAssignableTo<AppendSignal>("without it the relay polls")!;
        options.Listeners.ShouldContain(signal, "without it nobody raises the signal");
        options.Events.UseListenNotifyForEventAppends.ShouldBeFalse("with it every commit takes a lock of the whole database, and wakes every service in it");
        options.Projections.StaleSequenceThreshold.ShouldBeLessThan(TimeSpan.FromSeconds(1));
        options.Projections.Errors.SkipApplyErrors.ShouldBeFalse();
        options.Projections.Errors.SkipSerializationErrors.ShouldBeFalse();
        options.Projections.Errors.SkipUnknownEvents.ShouldBeFalse();
    }

    [Theory]
    [MemberData(nameof(Services))]
    public void Streams_and_documents_belong_to_a_project(string service)
    {
        var options = OptionsOf(service);
        IReadOnlyStoreOptions known = options;
        options.Events.TenancyStyle.ShouldBe(TenancyStyle.Conjoined);
        options.Advanced.DefaultTenantUsageEnabled.ShouldBeFalse("a session without a project must not open");
        known.AllKnownDocumentTypes().Where(document => document.TenancyStyle != TenancyStyle.Conjoined).Select(document => document.DocumentType)
            .Except(OfNoProject).ShouldBeEmpty();
    }

    private StoreOptions OptionsOf(string service) =>
        (StoreOptions)((IDocumentStore)platform.Host.Services.GetRequiredService(ServiceModules.StoreOf(ServiceModules.All.Single(module => module.Name == service)))).Options;
}
