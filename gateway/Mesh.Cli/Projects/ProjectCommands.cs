using System.CommandLine;
using Mesh.Contracts;
using Mesh.Contracts.Projects;

namespace Mesh.Cli.Projects;

/// <summary><c>mesh projects …</c></summary>
internal static class ProjectCommands
{
    private static readonly Argument<string> Project = Options.Name("name", "Name of the project: a DNS label.");
    private static readonly Option<string?> Description = new("--description") { Description = "What it is for." };
    private static readonly Option<string[]> Labels = Options.Pairs("--label", "A label.", "-l");
    private static readonly Option<bool> Cascade = new("--cascade") { Description = "Also delete everything in it." };
    private static readonly Argument<string> User = Options.Name("user", "Name of the user.");
    private static readonly Argument<Role> Granted = new("role") { Description = "viewer, editor, admin or owner." };

    public static Command Create() => Verb.Noun(
        "projects", "Projects and their members.",
        Verb.Of("list", "List the projects that you may see.", [], context => context.Output.TableAsync(
            context.Mesh.Projects.ListAsync(context.Ct), "There is no project yet. Make one: mesh projects create NAME",
            ["name", "status", "created", "by", "description"], p => [p.Name, p.Status, p.CreatedAt, p.CreatedBy, p.Description], ct: context.Ct)),
        Verb.Of("create", "Create a project.", [Project, Description, Labels], async context =>
        {
            var project = await context.Mesh.Projects.CreateAsync(
                new CreateProject(context.Get(Project), context.Get(Description), Options.ToPairs(context.Get(Labels), "--label")), context.Ct);
            Show(context, project);
        }),
        Verb.Of("show", "Show a project.", [Project], async context => Show(context, await context.Mesh.Projects.GetAsync(context.Get(Project), context.Ct))),
        Verb.Of("describe", "Change the description or the labels.", [Project, Description, Labels], async context => Show(context, await context.Mesh.Projects.DescribeAsync(
            context.Get(Project), new DescribeProject(context.Get(Description), Options.ToPairs(context.Get(Labels), "--label")), context.Ct))),
        Verb.Of("archive", "Make a project read-only.", [Project], async context =>
        {
            await context.Mesh.Projects.ArchiveAsync(context.Get(Project), context.Ct);
            context.Output.Done(
                await context.Mesh.Projects.GetAsync(context.Get(Project), context.Ct),
                $"{context.Get(Project)} is archived: it can be read, not written. Undo: mesh projects restore {context.Get(Project)}");
        }),
        Verb.Of("restore", "Take an archived project into use again.", [Project], async context =>
        {
            await context.Mesh.Projects.RestoreAsync(context.Get(Project), context.Ct);
            context.Output.Done(await context.Mesh.Projects.GetAsync(context.Get(Project), context.Ct), $"{context.Get(Project)} is in use again.");
        }),
        Verb.Of("delete", "Delete a project; refused while it holds something, unless --cascade.", [Project, Cascade], async context =>
        {
            await context.Mesh.Projects.DeleteAsync(context.Get(Project), context.Get(Cascade), context.Ct);
            context.Output.Done(new { name = context.Get(Project), deleted = true }, $"{context.Get(Project)} is deleted.");
        }),
        Verb.Of("history", "Show what happened to a project.", [Project], context =>
            History.PrintAsync(context, context.Mesh.Projects.HistoryAsync(context.Get(Project), context.Ct))),
        Verb.Of("members", "List the members of a project.", [Project], context => context.Output.TableAsync(
            context.Mesh.Projects.MembersAsync(context.Get(Project), context.Ct), "No members.", ["user", "role", "since"], m => [m.User, m.Role, m.Since], ct: context.Ct)),
        Verb.Of("grant", "Give a user a role in a project.", [Project, User, Granted], async context =>
        {
            await context.Mesh.Projects.SetMemberAsync(context.Get(Project), context.Get(User), context.Get(Granted), context.Ct);
            context.Output.Done(
                new { project = context.Get(Project), user = context.Get(User), role = context.Get(Granted) },
                $"{context.Get(User)} is {Terminal.Output.Text(context.Get(Granted))} of {context.Get(Project)} now.");
        }),
        Verb.Of("revoke", "Take a user's role in a project away.", [Project, User], async context =>
        {
            await context.Mesh.Projects.RemoveMemberAsync(context.Get(Project), context.Get(User), context.Ct);
            context.Output.Done(
                new { project = context.Get(Project), user = context.Get(User), revoked = true },
                $"{context.Get(User)} has no role in {context.Get(Project)} any more.");
        }));

    private static void Show(Context context, ProjectInfo project) => context.Output.Object(
        project, ("name", project.Name), ("status", project.Status), ("description", project.Description), ("labels", project.Labels),
        ("created", project.CreatedAt), ("by", project.CreatedBy), ("version", project.Version));
}
