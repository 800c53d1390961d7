using JasperFx.Events;
using JasperFx.Events.Projections;
using Marten;
using Mesh.Contracts;
using Mesh.Contracts.Events;
using Mesh.Contracts.Projects;
using Mesh.Hosting;
using Mesh.Hosting.Http;
using Mesh.Projects.Access;
using Mesh.Projects.Logins;
using Mesh.Projects.Members;
using Mesh.Projects.Projects;
using Mesh.Projects.Secrets;
using Mesh.Projects.Tokens;

namespace Mesh.Projects;

/// <summary>The store of the projects service.</summary>
public interface IProjectsStore : IDocumentStore;

/// <summary>Projects, their members and secrets, and the access tokens of users.</summary>
public sealed class ProjectsService : ServiceModule<IProjectsStore>
{
    /// <summary>Name of the service.</summary>
    internal const string ServiceName = "projects";

    /// <summary>Stored names of the events: data, never to be changed.</summary>
    internal static readonly IReadOnlyDictionary<Type, string> EventNames = new Dictionary<Type, string>
    {
        [typeof(ProjectEvent.Created)] = "project.created",
        [typeof(ProjectEvent.Described)] = "project.described",
        [typeof(ProjectEvent.Archived)] = "project.archived",
        [typeof(ProjectEvent.Restored)] = "project.restored",
        [typeof(ProjectEvent.DeletionAsked)] = "project.deletion-asked",
        [typeof(ProjectEvent.DeletionWithdrawn)] = "project.deletion-withdrawn",
        [typeof(ProjectEvent.DeletionRequested)] = "project.deletion-requested",
        [typeof(ProjectEvent.Purged)] = "project.purged",
        [typeof(ProjectEvent.MemberSet)] = "project.member-set",
        [typeof(ProjectEvent.MemberRemoved)] = "project.member-removed",
        [typeof(ProjectEvent.SecretSet)] = "project.secret-set",
        [typeof(ProjectEvent.SecretDeleted)] = "project.secret-deleted",
        [typeof(TokenEvent.Created)] = "token.created",
        [typeof(TokenEvent.Revoked)] = "token.revoked",
        [typeof(LoginEvent.Offered)] = "login.offered",
        [typeof(LoginEvent.Used)] = "login.used",
    };

    /// <inheritdoc/>
    public override string Name => ServiceName;

    /// <inheritdoc/>
    public override void ConfigureServices(IServiceCollection services, IConfiguration configuration)
    {
        services.AddSingleton(provider => ProjectsOptions.Read(configuration, provider.GetRequiredService<MeshOptions>()));
        services.AddSingleton<ProjectQueries>();
        services.AddSingleton<ProjectUsages>();
        services.AddSingleton<TokenQueries>();
        services.AddSingleton<AccessQueries>();
        services.AddSingleton<ISecretKeySource>(provider => SecretKeySource.From(provider.GetRequiredService<ProjectsOptions>()));
        services.AddSingleton<SecretVault>();
        services.AddHostedService<AdminToken>();
        services.AddHostedService<SpentCleaner>();
        services.AddSingleton<ProjectPurge>();
        services.AddHostedService(provider => provider.GetRequiredService<ProjectPurge>());
    }

    /// <inheritdoc/>
    public override void ConfigureStore(StoreOptions store)
    {
        foreach (var (type, name) in EventNames) store.Events.MapEventType(type, name);
        store.Projections.Snapshot<Project>(SnapshotLifecycle.Inline);
        store.Projections.Snapshot<AccessToken>(SnapshotLifecycle.Inline);
        store.Projections.Snapshot<Login>(SnapshotLifecycle.Inline);
        store.Schema.For<Project>().DocumentAlias("project");
        store.Schema.For<AccessToken>().DocumentAlias("token").Duplicate(token => token.Hash).Index(token => token.User);
        store.Schema.For<Login>().DocumentAlias("login");
        store.Schema.For<StoredSecret>().DocumentAlias("secret");
    }

    /// <inheritdoc/>
    public override void MapEndpoints(IEndpointRouteBuilder app)
    {
        var api = app.MapGroup("").RefuseUnknownQuery();
        api.MapProjects();
        api.MapMembers();
        api.MapSecrets();
        api.MapTokens();
        api.MapLoginLinks();
        api.MapMe();
    }

    /// <inheritdoc/>
    public override void MapInternal(IEndpointRouteBuilder app)
    {
        app.MapAccess();
        app.MapInternalProjects();
        app.MapReveal();
        app.MapLogins();
    }

    /// <inheritdoc/>
    public override IIntegrationEvent? ToIntegrationEvent(IEvent e) => e.Data switch
    {
        ProjectEvent.Created x => new ProjectCreated(x.Name, x.By, x.Description),
        ProjectEvent.Archived => new ProjectArchived(e.TenantId),
        ProjectEvent.Restored => new ProjectRestored(e.TenantId),
        ProjectEvent.DeletionRequested x => new ProjectDeleted(e.TenantId, x.Cascade),
        ProjectEvent.MemberSet x => new MemberChanged(e.TenantId, x.User, x.Role),
        ProjectEvent.MemberRemoved x => new MemberChanged(e.TenantId, x.User, Role.None),
        TokenEvent.Revoked x => new TokenRevoked(Guid.Parse(e.StreamKey!), x.User),
        _ => null,
    };
}
