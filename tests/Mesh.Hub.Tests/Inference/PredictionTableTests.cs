using System.Text;
using Mesh.Hub.Inference;
using Mesh.Hub.Scoring;
using Mesh.Hub.Tables;

namespace Mesh.Hub.Tests.Inference;

public sealed class PredictionTableTests
{
    [Fact]
    public void Outputs_stand_beside_the_columns_and_read_back()
    {
        using var stream = new MemoryStream("x,Score,note\n1.25,7,\"a,b\"\n,8,\"say \"\"hi\"\"\"\n"u8.ToArray());
        var table = CsvTable.Read(stream, "t");
        var text = new StringWriter();
        PredictionTable.Write(text, table, [new ModelOutput("PredictedLabel", ["yes", "no"], null), new ModelOutput("Score", null, [[0.25f, 0.75f], [1, float.NaN]])]);
        text.ToString().ShouldBe("x,Score,note,PredictedLabel,Score.0,Score.1\n1.25,7,\"a,b\",yes,0.25,0.75\n,8,\"say \"\"hi\"\"\",no,1,\n");

        using var again = new MemoryStream(Encoding.UTF8.GetBytes(text.ToString()));
        CsvTable.Read(again, "t").Find("note")!.TextAt(1).ShouldBe("say \"hi\"");
    }

    [Fact]
    public void A_name_that_is_taken_gets_a_number()
    {
        using var stream = new MemoryStream("Score\n1\n"u8.ToArray());
        var text = new StringWriter();
        PredictionTable.Write(text, CsvTable.Read(stream, "t"), [new ModelOutput("Score", null, [[2f]])]);
        text.ToString().ShouldBe("Score,Score_2\n1,2\n");
    }
}
